"""Telephone numbers as the directory keeps them, and as the world dials them (ITU-T E.164)."""

import re

from tocsin.schemas.errors import InvalidInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_FURNITURE = re.compile(r"[ ./\u00a0-]")


def needs_phonenumbers(place: str) -> None:
    """Raise `InvalidInput` on the field `place` where numbers cannot be read on this machine."""
    try:
        import phonenumbers  # noqa: F401, PLC0415  # of an extra: only whoever maps phones needs it
    except ImportError:
        message = "the library that reads telephone numbers is not installed"
        raise InvalidInput(message, field=place, fix="pip install 'tocsin[sms]'") from None


def e164(text: str | None, residence: str | None) -> str | None:
    """Return a number in E.164 form (`+4930123456`), or the text as it is where it is none.

    A number without its country is read as one dialled where the person lives, and only if that
    country has given out such numbers: a guess would reach a stranger. One with an extension stays
    as it is, because E.164 has no place for it.
    """
    if text is None:
        return None
    bare = _FURNITURE.sub("", text)
    if _E164.fullmatch(bare):
        return bare
    import phonenumbers  # noqa: PLC0415  # 0.3 s, and of an extra

    region = None if residence is None else residence[:2]
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    with_country = bare.startswith("+")
    known = phonenumbers.is_possible_number if with_country else phonenumbers.is_valid_number
    if number.extension or not known(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def looks_like_a_number(text: str) -> bool:
    """Whether a text has the form of E.164: a plus sign and 7 to 15 digits."""
    return _E164.fullmatch(text) is not None

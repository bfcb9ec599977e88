"""Whether an e-mail address can be written to at all, and when two are the same."""

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LONGEST, _LONGEST_LOCAL_PART = 254, 64  # RFC 5321 section 4.5.3.1, without the angle brackets
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAUSIBLE = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*"
    rf"@(?:{_LABEL}\.)+(?:[A-Za-z]{{2,63}}|[Xx][Nn]--[A-Za-z0-9-]{{0,58}}[A-Za-z0-9])",
    re.ASCII,
)


def is_plausible_email(text: str) -> bool:
    """Whether a text is an address that a relay can take (RFC 5321: ASCII, at most 254 octets).

    A dot-atom local part, a domain of at least two labels; an internationalised domain only in its
    `xn--` form. No quoted local parts, no comments, no address literals, no white space or control
    character anywhere, so that an address can never add a line to a message.
    """
    if len(text) > _LONGEST or text.find("@") > _LONGEST_LOCAL_PART:
        return False
    return _PLAUSIBLE.fullmatch(text) is not None


def normalised(email: str) -> str:
    """Return the form in which two addresses are compared.

    Both parts in lower case: a local part may be case-sensitive by RFC 5321, but no large provider
    keeps it so, and telling one person twice is the greater harm. Dots and plus tags stay.
    """
    return email.lower()

"""What a call says, as the renderer made it: a script for a human, a few words for a machine."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode, is_reference_code

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True, repr=False)
class CallScript:
    """One call's words. Everything that is said stands here and was approved.

    `say` is for whoever picks up, and says itself what the keys do: 1 repeats, 2 confirms;
    `voicemail` is for a machine, and neutral: others in the house listen to it.
    """

    lang: str
    """BCP 47."""
    say: tuple[str, ...]
    voicemail: tuple[str, ...]
    reference: str
    code: str
    """The return code, as text."""

    @classmethod
    def read(cls, content: bytes) -> "CallScript":
        """Read a message's content: JSON of `lang`, `say`, `voicemail`, `reference`, `code`.

        Raises:
            InvalidInput: it is not such a script.
        """
        try:
            given = json.loads(content)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise _wrong(name="content")
        reference, code = _text(given, "reference"), _text(given, "code")
        if not is_reference_code(reference):
            raise _wrong(name="reference")
        if ReturnCode.read(code) is None:
            raise _wrong(name="code")
        return cls(
            lang=_text(given, "lang"),
            say=_sentences(given, "say"),
            voicemail=_sentences(given, "voicemail"),
            reference=reference,
            code=code,
        )

    def __repr__(self) -> str:
        return f"CallScript({self.lang})"


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip() or _CONTROL.search(value):
        raise _wrong(name=name)
    return value


def _sentences(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise _wrong(name=name)
    return tuple(_text({name: each}, name) for each in value)


def _wrong(*, name: str) -> InvalidInput:
    return InvalidInput(
        "not the script of a call",
        field=f"call.{name}",
        fix="write lang, say, voicemail, reference and code, without control characters",
    )

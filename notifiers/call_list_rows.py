"""A line of a call list, and the script that it names. No cell can act as a formula."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from tocsin.notifiers.notice_payload import read_payload
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Reason, Refused
from tocsin.schemas.spreadsheets import guarded

COLUMNS = ("code", "telephone", "language", "script", "reference", "priority")
CODE_COLUMN = "enrolment"
"""The column after them on a list whose people get a code of a pool."""
RESULT_COLUMNS = ("code", "result", "date")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164: 15 digits at most
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)  # RFC 5646
_SCRIPT_NAME = 12
_REFERENCE_SLOT = "{reference}"
_ENROLMENT_SLOT = "{enrolment}"


class Row(NamedTuple):
    """One person to telephone, and what to say to them."""

    code: ReturnCode
    telephone: str
    language: str
    script: str
    """The name of the script's file, without its ending."""
    reference: str
    priority: str
    script_text: str
    enrolment: str
    """The code of a pool that the script offers; empty where it offers none."""

    def __repr__(self) -> str:
        return f"Row({self.code})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the list on which it stands."""
        return (*COLUMNS, CODE_COLUMN) if self.enrolment else COLUMNS

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells in the order of columns. A number keeps its plus: it is digits and no more."""
        rest = [self.language, self.script, self.reference, self.priority]
        rest += [self.enrolment] if self.enrolment else []
        return (str(self.code), self.telephone, *(guarded(cell) for cell in rest))


def read_script(content: bytes) -> Mapping[str, str] | None:
    """Return the texts of a payload that has a `script`, a list of lines, or a title and a body.

    The first line of a script stands as its title. None where it has neither.
    """
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    lines = said.get("script") if isinstance(said, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return read_payload(content)
    texts = {name: value for name, value in said.items() if isinstance(value, str)}
    return {**texts, "title": lines[0], "body": "\n".join(lines[1:])} if lines else None


def row_of(message: Message, payload: Mapping[str, str] | None, *, priority: str) -> Row | Refused:
    """Return the line of one message, or why it gets none.

    The script is the payload's title and body with a slot where the person's reference stood, and
    one for their code of a pool, so that people who are told the same share one script, and it
    holds nothing of anybody.
    """
    if not _E164.fullmatch(message.recipient):
        return Refused(Reason.MALFORMED_ADDRESS)
    code = ReturnCode.read((payload or {}).get("code", ""))
    if payload is None or code is None:
        return Refused(Reason.REFUSED_CONTENT)
    reference, language = payload.get("reference", message.reference), payload.get("lang", "")
    text = f"{payload['title']}\n\n{payload['body']}\n"
    if reference:
        text = text.replace(reference, _REFERENCE_SLOT)
    enrolment = payload.get("enrolment", "")
    if enrolment:
        text = text.replace(enrolment, _ENROLMENT_SLOT)
    language = language if _LANGUAGE.fullmatch(language) else ""
    name = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()[:_SCRIPT_NAME]
    return Row(
        code=code,
        telephone=message.recipient,
        language=language,
        script=f"script-{name}",
        reference=reference,
        priority=payload.get("priority", priority),
        script_text=text,
        enrolment=enrolment,
    )

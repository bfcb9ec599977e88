"""A record of the breach list of Have I Been Pwned, as its API v3 gives it (`/breaches`)."""

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal
from tocsin.detectors.document import read_document
from tocsin.detectors.plain_errors import as_invalid_input
from tocsin.schemas.errors import InvalidInput, NotFound

LIST_LIMIT = 1 << 24
"""Bytes of a breach list: 16 MiB, some fifteen times the list of March 2025."""


class BreachRecord(BaseModel):
    """The fields that a draft is made from; others may come and go."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_pascal)

    name: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=200)
    breach_date: date
    """The day of the breach, as far as known; often the first of a month or year."""
    added_date: AwareDatetime
    modified_date: AwareDatetime
    pwn_count: int = Field(ge=0)
    """Accounts loaded into the list: distinct e-mail addresses, as a rule."""
    description: str = ""
    data_classes: tuple[str, ...]
    is_verified: bool = True
    is_fabricated: bool = False
    is_retired: bool = False
    is_spam_list: bool = False
    is_malware: bool = False
    is_stealer_log: bool = False


def breach_record(record: Mapping[str, Any]) -> BreachRecord:
    """Return a record, checked. Raises InvalidInput naming the field."""
    try:
        return BreachRecord.model_validate(record)
    except ValidationError as error:
        raise as_invalid_input(error, raw=record, model=BreachRecord) from None


def read_breaches(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the records of a breach list (JSON, at most 16 MiB); a single record will do."""
    document = read_document(path, limit=LIST_LIMIT)
    records = [document] if isinstance(document, dict) else document
    listed = records if isinstance(records, list) else []
    breaches = tuple(r for r in listed if isinstance(r, dict) and isinstance(r.get("Name"), str))
    if not breaches or len(breaches) < len(listed):
        message = f"{path.name} is not a list of breaches"
        raise InvalidInput(message, fix="save what the API gives for /breaches")
    return breaches


def find_breach(records: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """Return the record with a `Name`, whatever its case. Raises NotFound with near names."""
    by_name = {str(r["Name"]).casefold(): r for r in records}
    wanted = name.strip().casefold()
    if wanted in by_name:
        return by_name[wanted]
    near = [n for n in by_name if wanted in n][:5] if wanted else []
    near = near or get_close_matches(wanted, by_name, n=5, cutoff=0.6)
    message = "the list has no breach of this name"
    fix = "near names: " + ", ".join(str(by_name[n]["Name"]) for n in near) if near else None
    raise NotFound(message, field="Name", fix=fix)

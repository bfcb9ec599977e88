"""Answers without a library: text that steers no terminal, and JSON."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel


def plain(value: object) -> str:
    """Return a value as text in which nothing steers the terminal."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M %Z")
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def write_json(document: Mapping[str, Any], *, one_line: bool = False) -> None:
    """Print one JSON document on stdout."""
    indent = None if one_line else 2
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=_encoded)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _encoded(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)

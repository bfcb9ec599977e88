"""Reading a document that a person wrote, YAML or JSON, as plain values."""

import json
from pathlib import Path

from tocsin.detectors.bounded_read import INCIDENT_LIMIT, read_bounded
from tocsin.detectors.plain_values import NESTED_TOO_DEEPLY, Value, shown, whole_number
from tocsin.detectors.strict_yaml import parse_yaml
from tocsin.schemas.errors import InvalidInput


def read_document(path: Path, *, limit: int = INCIDENT_LIMIT) -> Value:
    """Return what a file says: JSON if its name ends in `.json`, else YAML (UTF-8)."""
    data = read_bounded(path, limit=limit)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = data.count(b"\n", 0, broken.start) + 1
        message = f"{path.name} is not UTF-8 text (line {line})"
        raise InvalidInput(message, fix="save the file as UTF-8") from None
    value = parse_json(text) if path.suffix.lower() == ".json" else parse_yaml(text)
    if value is None:
        message = f"{path.name} is empty"
        raise InvalidInput(message, fix="start from one of the files in examples/")
    return value


def parse_json(text: str) -> Value:
    """Return what a JSON text says, under the same rules as YAML."""

    def once(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        names = [name for name, _ in pairs]
        twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
        if twice is not None:
            # JSON is YAML enough to find the line; else the name alone must do
            parse_yaml(text)
            message = "the same name stands twice in one block"
            raise InvalidInput(message, field=shown(twice), fix="keep one of them")
        return dict(pairs)

    try:
        value: Value = json.loads(
            text, object_pairs_hook=once, parse_float=str, parse_int=whole_number
        )
    except json.JSONDecodeError as broken:
        message = f"line {broken.lineno}, column {broken.colno}: {broken.msg}"
        raise InvalidInput(message, fix="check commas, brackets and quotes there") from None
    except RecursionError:
        raise InvalidInput(NESTED_TOO_DEEPLY, fix="see the files in examples/") from None
    return value

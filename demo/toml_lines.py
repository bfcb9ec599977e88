"""A plain mapping as lines of TOML."""

import json
from collections.abc import Mapping


def toml_lines(section: str, values: Mapping[str, object]) -> str:
    """Return `name = value` lines, then a `[section.name]` for each mapping in `values`.

    Texts, whole numbers, booleans and lists of them are written in TOML as in JSON.
    """
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
        if not isinstance(value, Mapping)
    ]
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{section}.{name}]", toml_lines(f"{section}.{name}", value)]
    return "\n".join(lines)

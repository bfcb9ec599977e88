"""What a message holds on channels that take JSON: title, body, html, lang, reference, code."""

import json
from collections.abc import Mapping


def read_payload(content: bytes) -> Mapping[str, str] | None:
    """Return the texts of a payload; None where it is no JSON object with a title and a body.

    Other values than texts are left out.
    """
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    texts = {name: value for name, value in said.items() if isinstance(value, str)}
    return texts if texts.get("title") and texts.get("body") else None

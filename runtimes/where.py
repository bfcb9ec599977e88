"""What kind of error it was, and where, for logs and events: its text may hold personal data."""

import traceback

from tocsin.schemas.errors import TocsinError


def where(error: BaseException) -> str:
    """Return the words of a refusal of ours, of any other error its type and its last line."""
    if isinstance(error, TocsinError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place

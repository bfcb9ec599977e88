"""What is said of a notice by whoever brings word of it; which notice is told apart from it."""

from typing import NamedTuple

from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason


class Said(NamedTuple):
    """One thing that was said of a notice."""

    heard: Heard
    reason: Reason = Reason.NONE

"""Kinds of rounds: what a round's text is to the texts before it."""

from enum import StrEnum


class RoundKind(StrEnum):
    """What a round tells, and so whom."""

    INITIAL = "initial"
    """The first notice, to everybody in scope."""
    REPLACEMENT = "replacement"
    """The first notice anew, before anything of it has left."""
    DELTA = "delta"
    """The first notice, to those in scope whom no round has yet."""
    UPDATE = "update"
    """What is new, to those who were told."""
    CORRECTION = "correction"
    """What was wrong in the notice, to those who were told."""
    CONFIRMATION = "confirmation"
    """That what was told stands, to those who were told."""
    RETRACTION = "retraction"
    """That the notice was an error, to those who were told and are not in scope any more."""

    @property
    def is_first_notice(self) -> bool:
        """Whether it tells people for the first time; else it follows what they were told."""
        return self in FIRST_NOTICES


FIRST_NOTICES = frozenset({RoundKind.INITIAL, RoundKind.REPLACEMENT, RoundKind.DELTA})
FOLLOWING = (
    RoundKind.UPDATE,
    RoundKind.CORRECTION,
    RoundKind.CONFIRMATION,
    RoundKind.RETRACTION,
    RoundKind.DELTA,
)
"""What may follow on a round that has left."""
EXPLAINED = frozenset({RoundKind.CORRECTION, RoundKind.RETRACTION})
"""Kinds whose text begins with what was wrong."""

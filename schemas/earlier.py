"""People who were told of an incident by other means before Tocsin was asked to tell them."""

from datetime import date
from typing import NamedTuple

from tocsin.schemas.channels import Channel


class EarlierNotice(NamedTuple):
    """One person who was told already, with what shows it. Never logged: its repr is masked."""

    key: str
    """The directory's own key, as in `AffectedPerson`."""
    channel: Channel
    told_on: date
    evidence: str
    """Where the proof is kept: a campaign, a file, a register; no contact detail."""

    def __repr__(self) -> str:
        return "EarlierNotice(***)"

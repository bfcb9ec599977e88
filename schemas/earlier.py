"""People who were told of an incident by other means before Tocsin was asked to tell them."""

from datetime import date
from typing import NamedTuple

from tocsin.schemas.channels import Channel

EARLIER_RUNG = 98
"""The rung on which it stands that somebody was told by other means: nothing else settles there.

So an import and a batch that tells the same person at the same moment both stand on record.
"""


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

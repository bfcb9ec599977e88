"""An incident's public files as they should stand: folded from what was published and watched."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Deviation(NamedTuple):
    """Something public that is not as it was published."""

    where: str
    """`place`: where it was published to; `url`: as the public gets it."""
    path: str
    """Within the incident's folder; empty when it is the whole place."""
    found: str
    """SHA-256 of what is there, or one of `MISSING`, `ADDED`, `UNREACHABLE`."""

    @property
    def text(self) -> str:
        """The deviation in a few words."""
        what = self.path or "everything"
        by = "" if self.where == "place" else " at its public address"
        return f"{what} is {_WORDS.get(self.found, 'changed')}{by}"


MISSING = "missing"
ADDED = "added"
"""A file that nobody approved stands among the others."""
UNREACHABLE = "unreachable"
_WORDS = {MISSING: "missing", ADDED: "not ours", UNREACHABLE: "not reachable"}


class Source(NamedTuple):
    """Where the approved bytes of a file are."""

    artefact: str
    path: str
    """In the artefact's draft: the file's own, or that of what takes its place in the end."""


@dataclass(frozen=True, slots=True)
class PublicView:
    """What should stand, since when and until when, and what was last found."""

    files: dict[str, str] = field(default_factory=dict)
    """Path within the incident's folder -> SHA-256."""
    sources: dict[str, Source] = field(default_factory=dict)
    publication: str = ""
    """The event that published last; empty when nothing was ever published."""
    begun: datetime | None = None
    ends_at: datetime | None = None
    term_days: int = 0
    ended: datetime | None = None
    """When it was taken down."""
    stamp: str = ""
    """The end of the term as it stands in the feed and the alert."""
    deviations: tuple[Deviation, ...] = ()
    """Those that were there when it was last looked."""
    looks: int = 0
    watched_on: date | None = None
    """The last day, by the organisation's clock, of which a look is on record."""
    days_watched: int = 0
    troubles: tuple[dict[str, object], ...] = ()
    """Every record of a look that found something, oldest first."""

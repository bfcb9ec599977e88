"""What the ledger says was approved, published, filed and tried again, read with own SQL."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tocsin.demo.ledger_people import read_only

_APPROVALS = """
SELECT incident, name, json_extract(body, '$.principal')
FROM fact WHERE kind = 'approval' ORDER BY id
"""
_PUBLISHED = """
SELECT count(*) FROM (SELECT DISTINCT incident, name FROM fact
WHERE kind = 'announcement' AND name LIKE 'published:announcement-%')
"""
_FILED = """
SELECT count(*) FROM (SELECT DISTINCT incident, name FROM fact
WHERE kind = 'filing' AND name LIKE ?)
"""
_RETRIED = """
SELECT reason, count(*) FROM outcome WHERE result IN ('deferred', 'in_doubt')
GROUP BY reason ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Papers:
    """What was approved and what it led to."""

    approvals: tuple[tuple[str, str, str], ...]
    """(incident, artefact, who approved it), in the order of approval."""
    announcements: int
    reports: int
    press_texts: int
    """Texts laid ready for the media, where a law wants them told."""
    retried: Mapping[str, int]
    """Reason -> hand-overs that had to be tried again."""


def ledger_papers(ledger: Path) -> Papers:
    """Read what was approved, published, filed and tried again."""
    with closing(read_only(ledger)) as db:
        return Papers(
            approvals=tuple(db.execute(_APPROVALS).fetchall()),
            announcements=db.execute(_PUBLISHED).fetchone()[0],
            reports=db.execute(_FILED, ("report-%",)).fetchone()[0],
            press_texts=db.execute(_FILED, ("press-%",)).fetchone()[0],
            retried=dict(db.execute(_RETRIED).fetchall()),
        )

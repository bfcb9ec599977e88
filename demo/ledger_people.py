"""What the ledger says of each person, read from its file with SQL of the demo's own."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tocsin.demo.compare import LedgerPerson
from tocsin.schemas.coverage import PersonState, Settled, fold_person
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.outcome import Reason, Result

_PERSONS = """
SELECT p.number, p.pseudonym, r.result, r.reason
FROM round JOIN person p ON p.round = round.n
LEFT JOIN obligation o ON o.round = p.round AND o.person = p.number
LEFT JOIN outcome r ON r.round = o.round AND r.lane = o.lane AND r.seq = o.seq
  AND r.result IN ('accepted', 'covered', 'excluded', 'unreachable', 'announced')
WHERE round.id = ? ORDER BY p.number, o.recipient DESC
"""
_KEYS = "SELECT id FROM people ORDER BY id"
_PUBLISHED = """
SELECT count(DISTINCT name) FROM fact WHERE kind = 'announcement' AND name LIKE 'published:%'
"""
_FILED = "SELECT count(*) FROM (SELECT DISTINCT incident, name FROM fact WHERE kind = 'filing')"
_RETRIED = """
SELECT reason, count(*) FROM outcome WHERE result IN ('deferred', 'in_doubt')
GROUP BY reason ORDER BY reason
"""


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def pseudonyms(directory: Path, round_key: bytes) -> Mapping[str, str]:
    """Return pseudonym -> directory key of everybody in the directory, for one round."""
    with closing(_open(directory)) as db:
        return {keyed_digest(round_key, key): key for (key,) in db.execute(_KEYS)}


def ledger_people(
    ledger: Path, round_id: str, known: Mapping[str, str]
) -> tuple[LedgerPerson, ...]:
    """Return everybody of a round as folded from their outcomes; `known` names the pseudonyms."""
    with closing(_open(ledger)) as db:
        return tuple(_folded(db.execute(_PERSONS, (round_id,)), known))


def _folded(
    rows: Iterator[tuple[int, str, str | None, str | None]], known: Mapping[str, str]
) -> Iterator[LedgerPerson]:
    for _, owed in groupby(rows, key=itemgetter(0)):
        settled: list[Settled | None] = []
        pseudonym = ""
        for _, pseudonym, result, reason in owed:  # noqa: B007  # the same in every row
            settled.append(Settled(Result(result), Reason(reason)) if result else None)
        state = fold_person(settled)
        key = known.get(pseudonym, f"nobody of the directory ({pseudonym[:8]})")
        yield LedgerPerson(key, state.value, _reason(state, settled))


def _reason(state: PersonState, settled: Sequence[Settled | None]) -> str:
    if state not in {PersonState.UNREACHABLE, PersonState.EXCLUDED}:
        return ""
    return next(s.reason.value for s in settled if s is not None and s.result.value == state.value)


def published_and_filed(ledger: Path) -> tuple[int, int]:
    """Return how many announcements were published and how many reports were filed."""
    with closing(_open(ledger)) as db:
        return db.execute(_PUBLISHED).fetchone()[0], db.execute(_FILED).fetchone()[0]


def retried(ledger: Path) -> Mapping[str, int]:
    """Return how many hand-overs had to be tried again, by reason."""
    with closing(_open(ledger)) as db:
        return dict(db.execute(_RETRIED).fetchall())

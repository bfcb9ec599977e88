"""What the ledger says of each person, read from its file with SQL of the demo's own."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tocsin.demo.compare import LedgerPerson
from tocsin.schemas.coverage import (
    PersonState,
    Settled,
    Settlement,
    fold_obligation,
    fold_person,
)
from tocsin.schemas.evidence import Heard
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.outcome import Reason, Result

_PERSONS = """
SELECT p.number, p.pseudonym, coalesce(o.lane, ''), coalesce(o.seq, 0),
  coalesce(r.rung, 0), coalesce(r.result, ''), coalesce(r.reason, '')
FROM round JOIN person p ON p.round = round.n
LEFT JOIN obligation o ON o.round = p.round AND o.person = p.number
LEFT JOIN outcome r ON r.round = o.round AND r.lane = o.lane AND r.seq = o.seq
  AND r.result IN ('accepted', 'covered', 'excluded', 'unreachable', 'announced')
WHERE round.id = ? ORDER BY p.number, o.recipient DESC, o.lane, o.seq, r.rung
"""
_HEARD = """
SELECT e.lane, e.seq, e.rung, e.heard FROM round JOIN evidence e ON e.round = round.n
WHERE round.id = ?
"""
_Row = tuple[int, str, str, int, int, str, str]
_Heard = dict[tuple[str, int], dict[int, set[Heard]]]
_KEYS = "SELECT id FROM people ORDER BY id"


def read_only(path: Path) -> sqlite3.Connection:
    """Open a SQLite file to look at it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def pseudonyms(directory: Path, round_key: bytes) -> Mapping[str, str]:
    """Return pseudonym -> directory key of everybody in the directory, for one round."""
    with closing(read_only(directory)) as db:
        return {keyed_digest(round_key, key): key for (key,) in db.execute(_KEYS)}


def ledger_people(
    ledger: Path, round_id: str, known: Mapping[str, str]
) -> tuple[LedgerPerson, ...]:
    """Return everybody of a round, folded from outcomes and from what came back.

    `known` names the pseudonyms.
    """
    heard: _Heard = {}
    with closing(read_only(ledger)) as db:
        for lane, seq, rung, said in db.execute(_HEARD, (round_id,)):
            heard.setdefault((lane, seq), {}).setdefault(rung, set()).add(Heard(said))
        return tuple(_folded(db.execute(_PERSONS, (round_id,)), known, heard))


def _folded(
    rows: Iterator[_Row], known: Mapping[str, str], heard: _Heard
) -> Iterator[LedgerPerson]:
    for (_, pseudonym), owed in groupby(rows, key=itemgetter(0, 1)):
        settled = [
            fold_obligation(
                [
                    Settlement(rung, Result(result), Reason(reason))
                    for *_, rung, result, reason in of_one
                    if result
                ],
                heard.get(place, {}),
            )
            for place, of_one in groupby(owed, key=itemgetter(2, 3))
        ]
        state, level = fold_person(settled)
        key = known.get(pseudonym, f"nobody of the directory ({pseudonym[:8]})")
        yield LedgerPerson(key, state.value, _reason(state, settled), level.value)


def _reason(state: PersonState, settled: Sequence[Settled | None]) -> str:
    if state not in {PersonState.UNREACHABLE, PersonState.EXCLUDED}:
        return ""
    return next(s.reason.value for s in settled if s is not None and s.result.value == state.value)

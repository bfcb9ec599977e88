"""Rosters hold the only raw keys: private, apart from the ledger, gone with their round."""

import sqlite3
from pathlib import Path

import pytest
from tocsin.ledger import reads
from tocsin.ledger.ledger import Fenced
from tocsin.ledger.roster import Rosters
from tocsin.schemas.audience import RosterRow
from tocsin.schemas.commit import Commit, DropRoster, Roster, Transition, Write

from fakes.ledgers import LANE, NOW, alarm, apply, claimed, event, ledger_in, opened, run, submit

ROUND = "INC-1/r1"
KEYS = {seq: f"customer-{seq}" for seq in range(1200)}
ROWS = [RosterRow("other", seq, key) for seq, key in KEYS.items()]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "rosters").iterdir())


def contents(folder: Path, pattern: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob(pattern)}


@pytest.mark.parametrize("seqs", [[], [7], list(range(100, 700)), list(range(0, 1200, 2))], ids=len)
def test_a_roster_gives_the_keys_that_are_asked_for(tmp_path: Path, seqs: list[int]) -> None:
    rosters = Rosters(tmp_path)
    rosters.put(Roster(ROUND, ROWS))
    assert rosters.keys(ROUND, "other", seqs) == {seq: KEYS[seq] for seq in seqs}
    assert rosters.keys(ROUND, "gmail", seqs) == {}
    assert rosters.keys("INC-1/r2", "other", seqs) == {}
    rosters.close()


def test_a_page_written_again_changes_nothing_and_the_first_holder_of_an_address_stays(
    tmp_path: Path,
) -> None:
    rosters = Rosters(tmp_path)
    first = [(b"d%d" % n, "other", n) for n in range(1200)]
    for _ in range(2):
        rosters.put(Roster(ROUND, ROWS[:3], first))
    rosters.put(Roster(ROUND, [], [(b"d5", "other", 900)]))
    assert rosters.keys(ROUND, "other", [0, 1, 2, 3]) == {n: KEYS[n] for n in range(3)}
    digests = [digest for digest, _, _ in first]
    held = rosters.holders(ROUND, [*digests, b"never seen"])
    assert held == {digest: (lane, seq) for digest, lane, seq in first}
    rosters.close()


def test_who_goes_on_with_a_resolution_knows_the_first_holders_that_another_process_wrote(
    tmp_path: Path,
) -> None:
    one, other = Rosters(tmp_path), Rosters(tmp_path)
    for process, digest, seq in ((one, b"a", 0), (other, b"b", 1), (one, b"c", 2)):
        process.put(Roster(ROUND, [], [(digest, "other", seq)]))
        assert process.holders(ROUND, [digest]) == {digest: ("other", seq)}
    assert one.keys(ROUND, "other", [0]) == {}  # as delivery asks, between two questions
    expected = {b"a": ("other", 0), b"b": ("other", 1), b"c": ("other", 2)}
    for process in (one, other):
        assert process.holders(ROUND, [b"a", b"b", b"c", b"d"]) == expected
        process.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["INC-1.r1.roster"]


def test_a_roster_is_private_and_survives_a_restart(tmp_path: Path) -> None:
    rosters = Rosters(tmp_path / "rosters")
    rosters.put(Roster(ROUND, ROWS[:2]))
    assert (tmp_path / "rosters").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o077 for p in (tmp_path / "rosters").iterdir()} == {0}
    rosters.close()
    again = Rosters(tmp_path / "rosters")
    assert again.keys(ROUND, "other", [0, 1]) == {0: KEYS[0], 1: KEYS[1]}
    again.close()


def test_a_dropped_roster_leaves_no_file_and_another_rounds_stays(tmp_path: Path) -> None:
    rosters = Rosters(tmp_path / "rosters")
    for round_id in (ROUND, "INC-2/r1"):
        rosters.put(Roster(round_id, ROWS))
    rosters.drop(ROUND)
    rosters.drop(ROUND)
    assert rosters.keys(ROUND, "other", [5]) == {}
    assert rosters.holders(ROUND, [b"d"]) == {}
    assert {name.partition(".roster")[0] for name in files(tmp_path)} == {"INC-2.r1"}
    assert rosters.keys("INC-2/r1", "other", [5]) == {5: KEYS[5]}
    rosters.close()


def test_the_ledger_itself_never_holds_a_key(tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            await apply(ledger, held, Commit(writes=[Roster(ROUND, ROWS)]))
            held_by_ledger = contents(tmp_path, "ledger.db*")
            assert {"ledger.db", "ledger.db-wal"} <= held_by_ledger.keys()
            assert not [name for name, held in held_by_ledger.items() if b"customer-" in held]

    run(main())


def test_who_was_fenced_writes_no_key(tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            await ledger.release(held, now=NOW, dead=False)
            with pytest.raises(Fenced):
                await apply(ledger, held, Commit(writes=[Roster(ROUND, ROWS)]))
            assert ledger.rosters.keys(ROUND, "other", [0]) == {}

    run(main())


@pytest.mark.parametrize("state", ["stopped", "closed"])
def test_a_round_that_is_over_gets_no_keys_any_more(tmp_path: Path, state: str) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            await opened(ledger, recipients=())
            held = await claimed(ledger)
            ended: list[Write] = [Transition("round", ROUND, state), DropRoster(ROUND)]
            await submit(ledger, event("end"), writes=ended)
            await apply(ledger, held, Commit(writes=[Roster(ROUND, ROWS), alarm("applied")]))
            assert files(tmp_path) == []

    run(main())


class _DiesFirst(Rosters):
    """Dies between the ledger's commit and the deletion that should follow it."""

    def drop(self, round_id: str) -> None:
        raise KeyboardInterrupt(round_id)


def test_the_keys_of_a_closed_round_go_even_when_the_one_who_closed_it_died(tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            await opened(ledger, recipients=())
            held = await claimed(ledger)
            await apply(ledger, held, Commit(writes=[Roster(ROUND, ROWS)]))
            ledger.rosters = _DiesFirst(tmp_path / "rosters")
            ended: list[Write] = [Transition("round", ROUND, "closed"), DropRoster(ROUND)]
            with pytest.raises(KeyboardInterrupt):
                await apply(ledger, held, Commit(writes=ended, done=True))
            assert (await ledger.ask(reads.round_, ROUND)).state == "closed"
            assert files(tmp_path)
        async with ledger_in(tmp_path):
            assert files(tmp_path) == []

    run(main())


def test_what_a_crash_left_behind_is_forgotten_and_what_the_ledger_holds_stays(
    tmp_path: Path,
) -> None:
    rosters, lanes = Rosters(tmp_path), ("gmail", "other", "qq")
    for page in range(3):  # each takes the next five numbers of each lane, but qq has none before
        held = lanes if page == 2 else lanes[:2]
        places = [(lane, seq) for seq in range(page * 5, page * 5 + 5) for lane in held]
        rows = [RosterRow(lane, seq, f"{lane}-{seq}") for lane, seq in places]
        rosters.put(Roster(ROUND, rows, [(b"%s-%d" % (n.encode(), s), n, s) for n, s in places]))
        rosters.holders(ROUND, [b"gmail-0"])  # an index is there, and knows what is forgotten
    rosters.forget_beyond(ROUND, lambda lane: 0 if lane == "qq" else 10)
    known = {b"%s-%d" % (n.encode(), s): (n, s) for n in lanes for s in range(15)}
    kept = {digest: place for digest, place in known.items() if place[0] != "qq" and place[1] < 10}
    assert rosters.holders(ROUND, list(known)) == kept
    keys = {lane: rosters.keys(ROUND, lane, range(15)) for lane in lanes}
    assert keys == {
        "gmail": {seq: f"gmail-{seq}" for seq in range(10)},
        "other": {seq: f"other-{seq}" for seq in range(10)},
        "qq": {},
    }
    rosters.forget_beyond("INC-9/r1", lambda _: 0)
    assert sorted(path.name for path in tmp_path.iterdir() if "INC-9" in path.name) == []
    rosters.close()


def test_whoever_mends_a_roster_however_late_takes_nothing_that_the_ledger_holds(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            await opened(ledger)  # five obligations
            for lane, count in ((LANE, 7), ("gmail", 2)):
                rows = [RosterRow(lane, seq, KEYS[seq]) for seq in range(count)]
                places = [(b"%s-%d" % (lane.encode(), seq), lane, seq) for seq in range(count)]
                ledger.rosters.put(Roster(ROUND, rows, places))
            asked = [b"%s-%d" % (lane, seq) for lane in (b"other", b"gmail") for seq in range(7)]
            for _ in range(2):
                await ledger.mend_roster(ROUND)
                kept = {seq: KEYS[seq] for seq in range(5)}
                assert ledger.rosters.keys(ROUND, LANE, range(7)) == kept
                assert ledger.rosters.keys(ROUND, "gmail", range(7)) == {}
                assert ledger.rosters.holders(ROUND, asked) == {
                    b"%s-%d" % (LANE.encode(), seq): (LANE, seq) for seq in range(5)
                }

    run(main())


def test_of_a_page_that_cannot_be_written_nothing_is(tmp_path: Path) -> None:
    rosters = Rosters(tmp_path)
    broken = RosterRow("other", 2, object())  # type: ignore[arg-type]  # no key is like this
    with pytest.raises(sqlite3.Error):
        rosters.put(Roster(ROUND, [*ROWS[:2], broken], [(b"d0", "other", 0)]))
    assert rosters.keys(ROUND, "other", [0, 1, 2]) == {}
    assert rosters.holders(ROUND, [b"d0"]) == {}
    rosters.put(Roster(ROUND, ROWS[:2]))
    assert rosters.keys(ROUND, "other", [0, 1]) == {0: KEYS[0], 1: KEYS[1]}
    rosters.close()

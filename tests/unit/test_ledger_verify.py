"""Promise P6: whoever changes or removes a row of the evidence is found out, and where."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tocsin.ledger import reads
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.roster import Rosters
from tocsin.ledger.sqlite import Sqlite
from tocsin.ledger.verify import Verification, verify
from tocsin.rules.merging import merge
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.commit import (
    Commit,
    DecideDraft,
    DraftArtefact,
    Obligations,
    OpenIncident,
    OpenRound,
    Outcomes,
    Persons,
    Transition,
    Write,
)
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.detection import DraftState
from tocsin.schemas.errors import NotFound
from tocsin.schemas.event import ResolutionDue
from tocsin.schemas.outcome import Result

from fakes.detections import WINDOW, detection
from fakes.ledgers import (
    NOW,
    alarm,
    apply,
    batch,
    behind,
    claimed,
    event,
    ledger_in,
    opening,
    outcome,
    people,
    run,
    submit,
)

ROUND = "INC-1/r1"
PEOPLE = 4
RESOLUTION = event("resolution", round_id=ROUND, payload=ResolutionDue(round=ROUND))
BATCH = event("batch", round_id=ROUND, payload=batch(ROUND, PEOPLE))
ABOUT_RESOLUTION = f"(resolution.due {ROUND} {RESOLUTION.id})"
ABOUT_BATCH = f"(batch.due {ROUND} {BATCH.id})"
NOTICE = Artefact(
    name="notice-r1",
    incident="INC-1",
    kind=ArtefactKind.NOTICE,
    round=ROUND,
    summary="4 notices",
    binding=Binding(text_hash="0" * 64),
    hands=("rosa",),
)


async def _told(folder: Path) -> None:
    """Write a ledger in which one round was resolved in two pages and told in two flushes."""
    async with ledger_in(folder) as ledger:
        persons, obligations = people([("self",)] * PEOPLE)
        *_, freeze, sending = opening("INC-1", [("self",)] * PEOPLE)
        opened: list[Write] = [
            OpenIncident("Stolen data", "example", drill=True, raised_by="rosa", revision=1),
            OpenRound(ROUND, 1, "initial"),
        ]
        await submit(ledger, RESOLUTION, writes=opened)
        held = await claimed(ledger)
        for page in (slice(0, 2), slice(2, None)):
            resolved: list[Write] = [
                Persons(ROUND, persons[page]),
                Obligations(ROUND, obligations[page]),
            ]
            await apply(ledger, held, Commit(writes=resolved))
        await apply(ledger, held, Commit(writes=[freeze], events=[BATCH], done=True))
        approved = Transition("artefact", "notice-r1", "approved", "ada")
        await submit(
            ledger,
            event("approval", "INC-2"),
            writes=[alarm("of another incident")],
        )
        held = await claimed(ledger, only=BATCH.id)
        drafted: list[Write] = [DraftArtefact(NOTICE), approved, sending]
        await apply(ledger, held, Commit(writes=drafted))
        rows = [outcome(0), outcome(1, Result.DEFERRED)]
        await apply(ledger, held, Commit(writes=[Outcomes(ROUND, rows)]))
        rows = [outcome(1, attempt=1), outcome(2, Result.UNREACHABLE)]
        await apply(ledger, held, Commit(writes=[Outcomes(ROUND, rows)], done=True))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    run(_told(folder))
    return folder


@dataclass(frozen=True)
class Copy:
    """A ledger of its own for each test, and what verifying it says."""

    folder: Path

    def changed(self, *statements: str) -> str:
        behind(self.folder / "ledger.db", *statements)
        return " | ".join(self.proof()[0].problems)

    def proof(self) -> tuple[Verification, Coverage]:
        found: list[tuple[Verification, Coverage]] = []

        async def main() -> None:
            async with ledger_in(self.folder) as ledger:
                proof = await ledger.ask(verify, ledger.keys)
                found.append((proof, await ledger.ask(reads.coverage, ROUND)))

        run(main())
        return found[0]


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Copy:
    shutil.copytree(written, tmp_path / "copy")
    return Copy(tmp_path / "copy")


def test_what_nobody_touched_verifies_whole(copy: Copy) -> None:
    proof, coverage = copy.proof()
    assert proof == Verification(links=8, facts=19, problems=())
    assert coverage == Coverage(in_scope=4, open=1, reached=2, unreachable=1)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("DELETE FROM person WHERE number = 2", ABOUT_RESOLUTION),
        ("UPDATE person SET residence = 'FR' WHERE number = 0", ABOUT_RESOLUTION),
        ("UPDATE person SET pseudonym = 'f' WHERE number = 3", ABOUT_RESOLUTION),
        ("DELETE FROM obligation WHERE seq = 1", ABOUT_RESOLUTION),
        ("UPDATE obligation SET covered_by = 'other/0' WHERE seq = 1", ABOUT_RESOLUTION),
        ("UPDATE obligation SET person = 0 WHERE seq = 2", ABOUT_RESOLUTION),
        ("DELETE FROM outcome WHERE seq = 2", ABOUT_BATCH),
        ("DELETE FROM outcome WHERE seq = 1 AND attempt = 0", ABOUT_BATCH),
        ("UPDATE outcome SET result = 'accepted' WHERE seq = 2", ABOUT_BATCH),
        ("UPDATE outcome SET at = '2026-11-20T00:00:00.000000Z' WHERE seq = 0", ABOUT_BATCH),
        ("UPDATE outcome SET ref = 'x' WHERE seq = 0", ABOUT_BATCH),
        ("DELETE FROM fact WHERE kind = 'freeze'", ABOUT_RESOLUTION),
        ("UPDATE fact SET at = '2026-11-20T00:00:00.000000Z' WHERE kind = 'freeze'", "resolution"),
        ("UPDATE fact SET body = '{}' WHERE name = 'of another incident'", "INC-2 link 0"),
        ("UPDATE fact SET round = '' WHERE kind = 'freeze'", ABOUT_RESOLUTION),
        (
            (
                "INSERT INTO outcome SELECT round, lane, 3, rung, attempt, channel, result, level,"
                " reason, ref, 3, at, link FROM outcome WHERE seq = 0"
            ),
            ABOUT_BATCH,
        ),
        ("UPDATE outcome SET link = 4 WHERE seq = 2", ABOUT_BATCH),
    ],
)
def test_a_changed_removed_or_added_row_is_named_with_its_batch(
    copy: Copy, statement: str, place: str
) -> None:
    assert place in copy.changed(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM link WHERE incident = 'INC-1' AND n = 0", "INC-1 link 0: facts stand"),
        ("DELETE FROM link WHERE incident = 'INC-1' AND n = 2", "INC-1 link 2: facts stand"),
        ("DELETE FROM link WHERE incident = 'INC-1' AND n = 6", "does not end where its head"),
        ("DELETE FROM link WHERE incident = 'INC-2'", "INC-2 link 0: facts stand"),
        ("UPDATE link SET about = 'x' WHERE n = 5", "link 5 (x): the link itself was changed"),
        ("UPDATE link SET at = '2026' WHERE n = 5", f"{ABOUT_BATCH}: the link itself"),
        ("UPDATE link SET rows = 3 WHERE n = 5", f"{ABOUT_BATCH}: holds 2 facts where 3"),
        ("UPDATE link SET root = 'x' WHERE n = 5", f"{ABOUT_BATCH}: a fact was changed"),
        ("UPDATE link SET previous = hash WHERE n = 5", f"{ABOUT_BATCH}: does not follow"),
        ("UPDATE link SET hash = previous WHERE n = 5", f"{ABOUT_BATCH}: the link itself"),
        ("UPDATE link SET signature = '00' WHERE n = 5", f"{ABOUT_BATCH}: not signed"),
        ("UPDATE link SET signature = 'not hex' WHERE n = 5", f"{ABOUT_BATCH}: not signed"),
        ("UPDATE head SET n = 5 WHERE incident = 'INC-1'", "does not end where its head says"),
        ("DELETE FROM head WHERE incident = 'INC-1'", "does not end where its head says"),
    ],
)
def test_a_broken_chain_is_found_where_it_breaks(copy: Copy, statement: str, said: str) -> None:
    assert said in copy.changed(statement)


def test_an_incident_without_any_link_is_noticed(copy: Copy) -> None:
    said = copy.changed(
        "DELETE FROM link WHERE incident = 'INC-2'",
        "DELETE FROM fact WHERE incident = 'INC-2'",
    )
    assert "INC-2: the chain does not end where its head says" in said


@pytest.mark.parametrize(
    ("statement", "equation_holds"),
    [
        ("UPDATE standing SET count = count + 1 WHERE state = 'reached'", False),
        ("UPDATE standing SET count = count - 1 WHERE state = 'open'", False),
        ("DELETE FROM standing WHERE state = 'unreachable'", False),
        ("UPDATE round SET in_scope = 5", False),
        ("UPDATE standing SET count = 9 - count WHERE state IN ('open', 'unreachable')", False),
        ("UPDATE standing SET state = 'announced' WHERE state = 'open'", True),
        ("UPDATE round SET audience_root = 'x'", True),
    ],
)
def test_a_planted_count_is_noticed(copy: Copy, statement: str, equation_holds: bool) -> None:
    assert f"{ROUND}: " in copy.changed(statement)
    assert copy.proof()[1].holds is equation_holds


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE artefact SET state = 'submitted'", "artefact notice-r1 is submitted"),
        (
            "UPDATE artefact SET body = replace(body, '0000', '1111')",
            "artefact notice-r1: the body differs",
        ),
        (
            "UPDATE artefact SET body = replace(body, 'rosa', 'nobody')",
            "artefact notice-r1: the body differs",
        ),
        ("UPDATE incident SET drill = 0", "INC-1: the drill differs"),
        ("UPDATE incident SET state = 'closed'", "incident INC-1 is closed"),
        ("UPDATE incident SET raised_by = 'ada'", "INC-1: the raised_by differs"),
        ("UPDATE round SET state = 'closed'", f"round {ROUND} is closed"),
        ("UPDATE progress SET count = 7 WHERE result = 'deferred'", f"{ROUND}: 7 deferred"),
    ],
)
def test_a_state_that_no_fact_led_to_is_noticed(copy: Copy, statement: str, said: str) -> None:
    assert said in copy.changed(statement)


def test_a_ledger_signed_with_another_key_is_noticed(copy: Copy, tmp_path: Path) -> None:
    async def main() -> None:
        others = KeyRing(tmp_path / "other keys")
        backend = Sqlite(copy.folder / "ledger.db", Rosters(copy.folder / "rosters"))
        ledger = await Ledger.open(backend, keys=others)
        try:
            proof = await ledger.ask(verify, others)
        finally:
            await ledger.close()
        assert len(proof.problems) == proof.links == 8
        assert all("not signed by this ledger's key" in said for said in proof.problems)

    run(main())


def test_destroying_a_rounds_key_leaves_the_chain_verifying(copy: Copy) -> None:
    async def main() -> None:
        async with ledger_in(copy.folder) as ledger:
            ledger.keys.create(ROUND)
            ledger.keys.destroy(ROUND)
            with pytest.raises(NotFound):
                ledger.keys.of(ROUND)

    run(main())
    assert copy.proof()[0].problems == ()


def test_a_redrafted_artefact_waits_again_and_verifies(copy: Copy) -> None:
    async def main() -> None:
        async with ledger_in(copy.folder) as ledger:
            changed = NOTICE.model_copy(update={"summary": "other words"})
            await submit(ledger, event("redraft"), writes=[DraftArtefact(changed)])
            (artefact,) = await ledger.ask(reads.artefacts, "INC-1")
            assert artefact.state is ArtefactState.SUBMITTED

    run(main())
    assert copy.proof()[0].problems == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE draft SET state = 'open'", "is open, and dismissed by its facts"),
        ("DELETE FROM draft", "stands in facts alone"),
        ("UPDATE draft SET id = 'another'", "draft another stands in no fact"),
        ("UPDATE draft SET incident = 'INC-1'", "the incident differs from its facts"),
    ],
)
def test_a_draft_that_was_changed_or_removed_is_noticed(
    tmp_path: Path, statement: str, said: str
) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            arrived = [detection("e1", minute=5), detection("e0")]
            for each in arrived:
                taken = await ledger.take_in([each], merge=merge, window=WINDOW, now=NOW)
            (draft,) = taken.grown
            decision = DecideDraft(draft, DraftState.DISMISSED, "rosa", "a false alarm")
            await ledger.record([decision], now=NOW, about="dismissal")
            assert (await ledger.ask(verify, ledger.keys)).problems == ()
            behind(tmp_path / "ledger.db", statement)
            assert said in " | ".join((await ledger.ask(verify, ledger.keys)).problems)

    run(main())

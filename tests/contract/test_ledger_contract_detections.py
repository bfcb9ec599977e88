"""What every ledger owes detections: kept once and merged once, whoever takes them in."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tocsin.ledger import detections as intake
from tocsin.ledger import drafts, reads
from tocsin.ledger.chain import SYSTEM
from tocsin.ledger.verify import verify
from tocsin.rules.merging import merge
from tocsin.schemas.commit import DecideDraft, FactKind
from tocsin.schemas.detection import Detection, DraftState, DraftView, MergedDraft, TakenIn
from tocsin.schemas.errors import Conflict, NotFound

from fakes.detections import WINDOW, detection, expected, outline
from fakes.ledgers import BACKENDS, NOW, Opener, event, ledger_in, opening, run, submit

ALL = tuple(DraftState)


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


async def take_in(
    ledger: Any, *detections: Detection, after: timedelta = timedelta(0), merge: Any = merge
) -> TakenIn:
    found: TakenIn = await ledger.take_in(detections, merge=merge, window=WINDOW, now=NOW + after)
    return found


async def standing(ledger: Any) -> dict[str, DraftView]:
    return {v.draft.id: v for v in await ledger.ask(drafts.drafts, states=ALL)}


async def merged(ledger: Any) -> list[MergedDraft]:
    return [view.draft for view in (await standing(ledger)).values()]


async def told(ledger: Any) -> list[tuple[str, str]]:
    """Return (what, draft) of every fact about drafts, oldest first."""
    history = await ledger.ask(reads.history, SYSTEM, FactKind.DRAFT)
    return [(body["what"], name) for _, name, body in history]


async def decide(ledger: Any, draft: str, state: DraftState = DraftState.DISMISSED) -> None:
    decision = DecideDraft(draft, state, "rosa", "a false alarm")
    await ledger.record([decision], now=NOW, about="decided")


async def raised(ledger: Any, raising: DecideDraft, incident: str) -> None:
    writes = [*opening(incident, [("self",)]), raising]
    await submit(ledger, event("raise", incident), writes=writes)


async def sound(ledger: Any) -> None:
    assert (await ledger.ask(verify, ledger.keys)).problems == ()


def dice_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # made-up detections


def made_up(seed: int, count: int = 120) -> list[Detection]:
    """Return detections of a few places within some hours; a third concerns no personal data."""
    dice = dice_of(seed)
    return [
        detection(
            f"e{n}",
            minute=dice.randint(0, 300),
            asset=dice.choice("abc"),
            rule=dice.choice("rs"),
            concerns_personal_data=dice.choice([True, True, None]),
        )
        for n in range(count)
    ]


def cut(detections: Sequence[Detection], size: int) -> Iterable[Sequence[Detection]]:
    return [detections[n : n + size] for n in range(0, len(detections), size)]


# kept once -------------------------------------------------------------------------------------


def test_what_was_taken_in_before_changes_nothing_and_puts_nothing_on_record(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            arriving = made_up(1)
            first = await take_in(ledger, *arriving)
            assert (first.new, first.repeated) == (120, 0)
            assert outline(await merged(ledger)) == expected(arriving)
            before, facts = await standing(ledger), await told(ledger)
            again = await take_in(ledger, *reversed(arriving), after=timedelta(days=1))
            assert again == TakenIn(repeated=120)
            assert await standing(ledger) == before
            assert await told(ledger) == facts
            assert sorted(first.opened) == sorted(name for _, name in facts)
            await sound(ledger)

    run(main())


def test_of_an_event_that_is_told_twice_the_first_content_stands(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            one, other = detection("e"), detection("e", asset="b")
            assert await take_in(ledger, one, other, one) == TakenIn(
                new=1, repeated=2, opened=tuple(await standing(ledger))
            )
            assert (await take_in(ledger, other)).repeated == 1
            ((draft, view),) = (await standing(ledger)).items()
            assert view.draft.asset == "a"
            assert await ledger.ask(drafts.detections_of, draft, limit=9) == (one,)

    run(main())


def test_what_concerns_no_personal_data_is_kept_with_its_reason_until_it_is_pruned(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            noise = [detection(f"n{n}", concerns_personal_data=None) for n in range(5)]
            assert await take_in(ledger, *noise) == TakenIn(new=5)
            assert await take_in(ledger, *noise) == TakenIn(repeated=5)
            assert await told(ledger) == []
            await take_in(ledger, detection("e"))
            await take_in(ledger, detection("n9", concerns_personal_data=False), after=WINDOW)
            assert await ledger.prune(before=NOW) == 0
            assert await ledger.prune(before=NOW + WINDOW, limit=3) == 3
            assert await ledger.prune(before=NOW + WINDOW, limit=3) == 2
            assert (await take_in(ledger, *noise, detection("e"))).new == 5
            assert len(await standing(ledger)) == 1

    run(main())


# merged once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_any_order_and_any_cuts_give_the_same_drafts(
    ledger_at: Opener, tmp_path: Path, size: int
) -> None:
    async def main() -> None:
        arriving = made_up(2)
        (tmp_path / "one").mkdir()
        (tmp_path / "other").mkdir()
        async with ledger_at(tmp_path / "one") as one, ledger_at(tmp_path / "other") as other:
            await take_in(one, *arriving)
            shuffled = dice_of(size).sample(arriving, len(arriving))
            for part in cut(shuffled, size):
                await take_in(other, *part)
            assert await merged(one) == await merged(other)
            for draft in await standing(one):
                held = [await x.ask(drafts.detections_of, draft, limit=999) for x in (one, other)]
                assert held[0] == held[1]
            await sound(other)

    run(main())


def test_a_late_event_joins_two_drafts_and_their_old_ids_lead_to_the_new_one(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            later = [detection(f"e{n}", minute=20) for n in range(3)]
            (late,) = (await take_in(ledger, *later)).opened
            day = timedelta(days=1)
            (early,) = (await take_in(ledger, detection("e8"), after=day)).opened
            joined = await take_in(ledger, detection("e9", minute=10), after=2 * day)
            assert joined == TakenIn(new=1, grown=(early,), joined=(late,))
            (view,) = (await standing(ledger)).values()
            assert (view.draft.id, view.draft.detections) == (early, 5)
            assert view.opened_at == NOW, "the organisation learned of it with the first of them"
            assert await ledger.ask(drafts.draft, late) == view
            assert len(await ledger.ask(drafts.detections_of, late, limit=9)) == 5
            earlier = await take_in(ledger, detection("e7", minute=-5))
            assert earlier.joined == (early,)
            assert (await ledger.ask(drafts.draft, late)).draft.id == earlier.grown[0]
            assert await told(ledger) == [
                ("opened", late),
                ("opened", early),
                ("joined", late),
                ("joined", early),
            ]
            await sound(ledger)

    run(main())


def test_two_workers_that_take_in_overlapping_sets_at_once_make_the_same_drafts(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def work(ledger: Any, parts: Iterable[Sequence[Detection]]) -> int:
        return sum([(await take_in(ledger, *part)).new for part in parts])

    async def main() -> None:
        arriving = made_up(3, 300)
        mine = cut(dice_of(1).sample(arriving, 250), 10)
        yours = cut(dice_of(2).sample(arriving, 250), 7)
        rest = cut(dice_of(3).sample(arriving, 300), 50)
        async with ledger_at(tmp_path) as one, ledger_at(tmp_path) as other:
            new = await asyncio.gather(work(one, mine), work(other, yours), work(one, rest))
            assert sum(new) == 300
            assert outline(await merged(one)) == expected(arriving)
            facts = await told(one)
            assert len(facts) == len(set(facts)), "a fact was appended twice"
            gone = {name for what, name in facts if what == "joined"}
            assert not gone & (await standing(one)).keys()
            assert sum(view.detections for view in await merged(one)) == sum(
                d.concerns_personal_data is True for d in arriving
            )
            await sound(one)

    run(main())


def test_a_crash_before_the_commit_leaves_nothing(ledger_at: Opener, tmp_path: Path) -> None:
    def crash(*_: Any, **__: Any) -> Any:
        message = "crashed"
        raise RuntimeError(message)

    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            arriving = made_up(4, 20)

            def all_but_the_commit(db: Any) -> None:
                how = {"merge": merge, "window": WINDOW, "now": NOW, "signer": ledger.keys}
                assert intake.take_in(db, arriving, **how).opened
                crash()

            for crashing in (
                take_in(ledger, *arriving, merge=crash),
                ledger.write(all_but_the_commit),
            ):
                with pytest.raises(RuntimeError, match="crashed"):
                    await crashing
                assert await standing(ledger) == {}
                assert await told(ledger) == []
            assert (await take_in(ledger, *arriving)).new == 20
            assert outline(await merged(ledger)) == expected(arriving)
            await sound(ledger)

    run(main())


# decided once ----------------------------------------------------------------------------------


def test_a_dismissed_draft_stays_so_and_shows_what_came_after(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            (id_,) = (await take_in(ledger, detection("e1", minute=5))).opened
            await decide(ledger, id_)
            assert await ledger.ask(drafts.drafts) == ()
            for name, minute in (("e0", 0), ("e2", 9)):
                grown = await take_in(ledger, detection(name, minute=minute))
                assert (grown.opened, grown.grown, grown.joined) == ((), (id_,), ())
            (view,) = (await standing(ledger)).values()
            assert view.draft.state is DraftState.DISMISSED
            assert (view.draft.detections, view.draft.since_decided) == (3, 2)
            assert [what for what, _ in await told(ledger)] == ["opened", "dismissed", "grew"]
            with pytest.raises(Conflict, match="was dismissed before") as refusal:
                await decide(ledger, id_)
            assert refusal.value.fix
            await sound(ledger)

    run(main())


def test_nobody_dismisses_what_was_joined_since_they_saw_it(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            (id_,) = (await take_in(ledger, detection("e1", minute=5))).opened
            (now_called,) = (await take_in(ledger, detection("e0"))).grown
            with pytest.raises(Conflict, match="is part of") as refusal:
                await decide(ledger, id_)
            assert now_called in str(refusal.value.fix)
            with pytest.raises(NotFound):
                await decide(ledger, "another")

    run(main())


def test_a_raised_draft_names_its_incident_and_one_that_was_joined_is_raised_by_its_old_id(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            (id_,) = (await take_in(ledger, detection("e1", minute=5))).opened
            await take_in(ledger, detection("e0"))
            raising = DecideDraft(id_, DraftState.RAISED, "rosa")
            await raised(ledger, raising, "INC-1")
            view = await ledger.ask(drafts.draft, id_)
            assert (view.draft.state, view.incident) == (DraftState.RAISED, "INC-1")
            with pytest.raises(Conflict, match="was raised before"):
                await raised(ledger, raising, "INC-2")
            assert [i.id for i in await ledger.ask(reads.incidents)] == ["INC-1"]
            await sound(ledger)

    run(main())


def test_workers_that_merge_and_people_who_decide_at_once_do_not_wait_for_each_other(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as one, ledger_at(tmp_path) as other:
            first = [detection(f"e{n}", asset=f"a{n}") for n in range(30)]
            opened = (await take_in(one, *first)).opened

            async def grow() -> None:
                for n in range(30):
                    await take_in(one, detection(f"f{n}", asset=f"a{n}", minute=1))

            async def raise_all() -> None:
                for n, id_ in enumerate(opened):
                    raising = DecideDraft(id_, DraftState.RAISED, "rosa")
                    await raised(other, raising, f"INC-{n}")

            await asyncio.gather(grow(), raise_all())
            views = (await standing(one)).values()
            assert {v.draft.state for v in views} == {DraftState.RAISED}
            assert [v.draft.detections for v in views] == [2] * 30
            await sound(one)

    run(main())


def test_a_call_may_hold_thousands_of_places(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            many = [detection(f"e{n}", asset=f"a{n}") for n in range(2500)]
            assert len((await take_in(ledger, *many)).opened) == 2500
            more = [detection(f"f{n}", asset=f"a{n}", minute=3) for n in range(2500)]
            assert len((await take_in(ledger, *more)).grown) == 2500
            assert {draft.detections for draft in await merged(ledger)} == {2}

    run(main())

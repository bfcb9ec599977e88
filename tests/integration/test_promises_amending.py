"""New facts after notices left: amended, announced, approved by others, or refused."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.runtimes.preview import preview
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.principal import CommandType, Principal, Role
from tocsin.schemas.rounds import RoundKind

from fakes.deployment import deployment, incident, person
from fakes.promises import facts, newest, problems, run, states, told
from fakes.rounds import (
    POLICY,
    change,
    corrected,
    equation,
    first_round,
    follow,
    planted,
    sent,
)


def test_reports_count_all_who_are_told_for_the_first_time(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(12)], policy=POLICY) as d:
            name = await d.raised()
            await d.approve(name, "notice")
            await d.settle()
            change(d, "", *(person(n) for n in (50, 51, 52)))
            await follow(d, name, RoundKind.UPDATE, and_new=True)
            await d.approve(name, "notice")
            await d.settle()
            amended = corrected(measures=[{"what": {"en": "Gap closed"}, "status": "done"}])
            await d.runtime.door.amend_incident(d.raiser, name, amended, reason="the gap is closed")
            await d.settle()
            figures = [
                body["figures"]
                for body in (await facts(d, name, FactKind.REPORT)).values()
                if body["figures"] is not None
            ]
            assert figures
            assert {(f["in_scope"], f["reached"]) for f in figures} == {(15, 15)}

    run(main())


def test_an_amendment_tells_nobody_and_makes_reports_anew_that_nobody_approved(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(6)], policy=POLICY) as d:
            name = await d.raised()
            await d.approve(name, "notice")
            await d.approve(name, "report", "decision")
            await d.settle()
            before = await states(d, name)
            drafted = await facts(d, name, FactKind.REPORT)
            done = [{"what": {"en": "All passwords were reset"}, "status": "done"}]
            later = incident(measures=done)
            await d.runtime.door.amend_incident(d.raiser, name, later, reason="passwords reset")
            await d.settle()
            assert d.relay.total == 6
            assert [r.id for r in await d.runtime.ledger.ask(reads.rounds, name)] == [f"{name}/r1"]
            after = await facts(d, name, FactKind.REPORT)
            for artefact, state in before.items():
                if artefact.startswith(("report-CN", "report-EU")):  # whose people are touched
                    kept = state is ArtefactState.APPROVED
                    assert (after[artefact]["revision"] == 1) is kept, artefact
            assert drafted.keys() <= after.keys()
            decided = {k: v for k, v in before.items() if k.startswith("decision-")}
            assert decided.items() <= (await states(d, name)).items(), "approved as they stand"
            assert {b["revision"] for b in (await facts(d, name, FactKind.DUTY)).values()} == {2}
            assert await problems(d) == ()

    run(main())


def test_what_cannot_be_amended_or_followed_is_refused_with_the_way_that_can(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(6)], policy=POLICY) as d:
            door, name = d.runtime.door, await d.raised()
            wider = corrected(scope={"everyone": True})
            why: dict[str, Any] = {"reason": "we know more"}
            with pytest.raises(InvalidInput, match="delta"):
                await door.amend_incident(d.raiser, name, wider, **why)
            with pytest.raises(InvalidInput, match="update"):
                await door.amend_incident(
                    d.raiser, name, corrected(data_kinds=["email_address"]), **why
                )
            with pytest.raises(NotAllowed):
                await door.amend_incident(d.approver, name, corrected(), **why)
            with pytest.raises(InvalidInput, match="why"):
                await door.amend_incident(d.raiser, name, corrected(), reason=" ")
            given: dict[str, Any] = {"kind": RoundKind.UPDATE, **why}
            with pytest.raises(Conflict, match="--revises"):
                await door.follow_incident(d.raiser, name, corrected(), **given)
            await d.approve(name)
            await d.settle()
            with pytest.raises(InvalidInput, match="correction"):
                await door.follow_incident(
                    d.raiser, name, incident(), kind=RoundKind.CORRECTION, **why
                )
            with pytest.raises(InvalidInput, match="--and-new"):
                await door.follow_incident(d.raiser, name, wider, **given)
            with pytest.raises(InvalidInput, match="narrow"):
                await door.follow_incident(
                    d.raiser, name, corrected(), kind=RoundKind.RETRACTION, **why
                )
            with pytest.raises(Conflict, match="r9"):
                await door.follow_incident(d.raiser, name, corrected(), of=["r9"], **given)
            d.runtime.ledger.keys.destroy(f"{name}/r1")
            with pytest.raises(NotFound, match="destroyed"):
                await door.follow_incident(d.raiser, name, corrected(), **given)
            assert len(await d.runtime.ledger.ask(reads.rounds, name)) == 1
            assert d.relay.total == 6

    run(main())


def test_who_was_told_by_a_page_is_told_of_the_error_by_a_page(tmp_path: Path) -> None:
    async def main() -> None:
        chinese = [person(n, country="CN", locale="zh-CN") for n in range(30)]
        policy = POLICY | {"announcement_limit": 10}
        async with deployment(tmp_path, chinese, policy=policy) as d:
            instead = {"reason": "They are too many to be told one by one.", "instead": True}
            name = await first_round(d, incident(announcement=instead))
            assert (await equation(d, f"{name}/r1")).announced == 30
            await follow(d, name, RoundKind.CORRECTION)
            assert set(await states(d, name)) >= {"announcement-r2"}
            assert "notice-r2" not in await states(d, name)
            assert await sent(d, name) == Counter()
            pages = {path.parent.name for path in (d.folder / "public").rglob("index.html")}
            assert pages == {name}
            page = (d.folder / "public" / name / "announcement.zh-Hans.html").read_text("utf-8")
            assert corrected().narratives.correction["en"] in page
            assert await equation(d, f"{name}/r2") == Coverage(in_scope=0)
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()

    run(main())


def test_a_page_comes_before_the_notices_that_follow_as_it_came_before_the_first(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        who = planted(40)
        policy = POLICY | {"max_missing_share_percent": 5}
        async with deployment(tmp_path, who.people, plan=who.plan, policy=policy) as d:
            name = await first_round(d)
            first = await equation(d, f"{name}/r1")
            assert first.announced == 40 - who.keys_reached
            await follow(d, name, RoundKind.UPDATE)
            await d.approve(name, "notice")
            await d.settle()
            assert set(told(d.relay)) == who.reached
            assert sum(told(d.relay).values()) == first.reached - who.keys_shared
            assert set(await sent(d, name)) == who.reached
            assert (await equation(d, f"{name}/r2")).reached == who.keys_reached

    run(main())


def test_who_amended_cannot_approve_what_is_told_of_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(3)], policy=POLICY) as d:
            name = await first_round(d)
            both = Principal(name="eva", roles=frozenset({Role.EDIT, Role.APPROVE}))
            eva = await d.runtime.door.add_principal(d.raiser, both)
            await d.runtime.door.amend_incident(eva, name, corrected(), reason="a better word")
            await follow(d, name, RoundKind.UPDATE)
            assert (await preview(d.runtime, name)).as_drafted
            assert (await preview(d.runtime, name, "r1")).as_drafted
            approving: dict[str, Any] = {"target": "notice-r2"}
            with pytest.raises(NotAllowed, match="eva raised or edited"):
                await d.runtime.door.act(eva, CommandType.APPROVE, name, **approving)
            assert d.relay.total == 3
            await d.runtime.door.act(d.approver, CommandType.APPROVE, name, **approving)
            await d.settle()
            assert d.relay.total == 6

    run(main())

"""When people are told by announcement: instead of notices, or beside them and before them."""

from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.runtimes.preview import preview
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind

from fakes.deployment import Deployment, deployment, incident, person
from fakes.ledgers import behind
from fakes.promises import alarms, facts, newest, problems, run, states, told

PEOPLE = [person(n) for n in range(12)]
MISSING = [person(n, email=None) for n in range(12, 17)]


def published(d: Deployment) -> list[str]:
    return sorted(path.name for path in (d.folder / "public").rglob("*") if path.is_file())


INSTEAD = {"reason": "They are too many to be told one by one.", "instead": True}


@pytest.mark.parametrize("limited_by", ["policy", "incident"])
def test_over_the_limit_everyone_is_announced_the_page_stands_and_nothing_is_mailed(
    tmp_path: Path, limited_by: str
) -> None:
    async def main() -> None:
        strangers = [person(20, has_password=0)]  # their address alone leaked: told all the same
        limit: dict[str, Any] = {"announcement_limit": 10}
        sections: dict[str, Any] = {"policy": limit} if limited_by == "policy" else {}
        async with deployment(tmp_path, [*PEOPLE, *MISSING, *strangers], **sections) as d:
            name = await d.raised(
                incident(**(limit if limited_by == "incident" else {}), announcement=INSTEAD)
            )
            waiting = await states(d, name)
            assert "notice-r1" not in waiting
            await d.settle()
            assert published(d) == []
            await d.approve(name, "announcement")
            await d.settle()
            coverage = await d.coverage(name)
            assert (coverage.announced, coverage.open, coverage.in_scope) == (18, 0, 18)
            assert d.relay.total == 0
            assert "index.html" in published(d)
            assert (await newest(d, name)).state == "closed"
            assert not list((tmp_path / "rosters").iterdir())
            assert await problems(d) == ()

    run(main())


def test_with_many_out_of_reach_the_page_comes_first_and_the_notices_after(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [*PEOPLE, *MISSING]) as d:
            name = await d.raised()
            await d.approve(name, "notice")
            await d.settle()
            assert (d.relay.total, published(d)) == (0, [])
            await d.approve(name, "announcement")
            await d.settle()
            assert "index.html" in published(d)
            assert told(d.relay) == {row["email"]: 1 for row in PEOPLE}
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.announced, coverage.open) == (12, 5, 0)
            assert (await newest(d, name)).state == "closed"

    run(main())


def test_with_the_page_up_first_the_notices_wait_for_their_own_approval(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [*PEOPLE, *MISSING]) as d:
            name = await d.raised()
            await d.approve(name, "announcement")
            await d.settle()
            assert "index.html" in published(d)
            assert d.relay.total == 0
            assert (await d.coverage(name)).open == 17
            await d.approve(name, "notice")
            await d.settle()
            assert told(d.relay) == {row["email"]: 1 for row in PEOPLE}
            assert (await d.coverage(name)).open == 0

    run(main())


def test_a_page_changed_after_its_approval_is_not_published_and_holds_the_notices_back(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [*PEOPLE, *MISSING]) as d:
            name = await d.raised()
            await d.approve(name)
            change = "UPDATE fact SET body = replace(body, 'Criminals', 'Nobody')"
            behind(tmp_path / "ledger.db", f"{change} WHERE kind = 'announcement'")
            await d.settle()
            assert (d.relay.total, published(d)) == (0, [])
            assert (await states(d, name))["announcement-r1"] is ArtefactState.VOID
            assert await alarms(d, name, "void:") == ["void:announcement-r1"]

    run(main())


def test_a_person_of_whom_nothing_leaked_is_excluded_and_not_announced(tmp_path: Path) -> None:
    async def main() -> None:
        untouched = [person(n, has_password=0) for n in (30, 31)]
        kinds = ["password_weak_hash"]
        async with deployment(tmp_path, [*PEOPLE, *untouched]) as d:
            name = await d.raised(
                incident(data_kinds=kinds, announcement_limit=5, announcement=INSTEAD)
            )
            await d.approve(name, "announcement")
            await d.settle()
            coverage = await d.coverage(name)
            assert (coverage.announced, coverage.excluded, coverage.open) == (12, 2, 0)
            (snapshot,) = [
                body
                for fact, body in (await facts(d, name, FactKind.ANNOUNCEMENT)).items()
                if fact.startswith("published:")
            ]
            assert any("12 people are more than the limit of 5" in s for s in snapshot["grounds"])

    run(main())


def test_where_some_keep_their_notices_the_page_and_what_is_approved_speak_of_those_alone(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        californians = [person(n, country="US-CA", locale="en") for n in (40, 41, 42)]
        agreed = {"agreed": {"email": "has_password"}}
        async with deployment(tmp_path, [*PEOPLE, *californians], directory=agreed) as d:
            more = {"detected": "2026-11-19T09:30:00+01:00", "law_enforcement_delay": False}
            known = incident().facts.model_dump(mode="json", exclude_defaults=True) | more
            file = incident(announcement_limit=10, announcement=INSTEAD, facts=known)
            name = await d.raised(file)
            artefacts = {a.name: a for a in await d.runtime.ledger.ask(reads.artefacts, name)}
            assert artefacts["notice-r1"].summary.startswith("notices to 3 people by e-mail, in 1 ")
            seen = await preview(d.runtime, name)
            assert seen.as_drafted
            assert all("US-CA" in notice.cohort.regimes for notice in seen.notices)
            assert "<dt>Of them by announcement alone</dt><dd>12</dd>" in seen.html().decode()
            await d.approve(name, "announcement", "notice", accepting="it is a test")
            await d.settle()
            assert told(d.relay) == {row["email"]: 1 for row in californians}
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.announced, coverage.open) == (3, 12, 0)
            (page,) = (d.folder / "public").rglob("announcement.en.html")
            assert "a notice of its own to some of the people" in page.read_text("utf-8")
            assert await problems(d) == ()

    run(main())

"""What comes back may call for an announcement that nobody planned, and stops nothing approved."""

from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.event import Event, ReplanningDue
from tocsin.schemas.identifiers import root_id

from fakes.deployment import Deployment, deployment, incident, person, settings
from fakes.promises import alarms, facts, newest, problems, run, states, told, until, working

CLINIC = {"sectors": ["hipaa_covered_entity"], "confidentiality": "unknown_recipients"}
CLINICS = settings(Path(), 25).organisations[0].model_dump(mode="json")
SECTIONS: dict[str, Any] = {
    "directory": {"agreed": {"email": "has_password"}},
    "organisations": [CLINICS | {"contact_phone": "+1 800 555 0100"}],
}
PEOPLE = [person(n, country="US-TX", locale="en") for n in range(1, 60)]


def without_mailbox(count: int) -> RelayPlan:
    """Return a relay at which the mailboxes of the first patients do not exist."""
    refuse = Behaviour(do=Do.REFUSE)
    return RelayPlan(addresses={row["email"]: refuse for row in PEOPLE[:count]})


async def raised(d: Deployment) -> str:
    """Raise a clinic's incident."""
    told = incident().facts.model_dump(mode="json", exclude_defaults=True)
    found = {"started": "2026-11-02T00:00:00+00:00", "detected": "2026-11-20T08:00:00+01:00"}
    return await d.raised(incident(facts=told | found | CLINIC))


async def sent(d: Deployment) -> str:
    """Raise it, approve its notices, and let everybody be told."""
    name = await raised(d)
    await d.approve(name, "notice")
    await d.settle()
    return name


@pytest.mark.parametrize("bad", [9, 10, 11])
def test_ten_bad_contacts_call_for_a_web_notice_and_nine_do_not(tmp_path: Path, bad: int) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, plan=without_mailbox(bad), **SECTIONS) as d:
            name = await sent(d)
            before = await d.coverage(name)
            assert (before.reached, before.unreachable) == (len(PEOPLE) - bad, bad)
            waiting = (await states(d, name)).get("announcement-r1")
            assert (waiting is ArtefactState.SUBMITTED) is (bad >= 10)
            if waiting is None:
                return
            assert await alarms(d, name, "switch:") == [f"switch:{(await newest(d, name)).id}"]
            duty = (await facts(d, name, FactKind.DUTY))["US-HIPAA:public"]["duty"]
            assert (duty["required"], duty["cite"]) == (True, "45 CFR 164.404(d)(2)(ii)")

            await d.approve(name, "announcement")
            await d.settle()
            after = await d.coverage(name)
            assert (after.reached, after.announced, after.unreachable) == (before.reached, bad, 0)
            assert after.holds
            assert list((tmp_path / "public").rglob("announcement.*.html"))
            assert max(told(d.relay).values()) == 1, "nobody is told twice for it"
            assert await problems(d) == ()

    run(main())


def test_a_replanned_announcement_needs_its_own_approval_and_stops_no_notice(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, plan=without_mailbox(12), **SECTIONS) as d:
            name = await sent(d)
            assert (await states(d, name))["notice-r1"] is ArtefactState.APPROVED
            assert (await d.coverage(name)).reached == len(PEOPLE) - 12
            assert not list((tmp_path / "public").rglob("announcement.*.html"))

    run(main())


def test_what_comes_back_while_people_are_told_is_drafted_beside_it_and_holds_nobody_up(
    tmp_path: Path,
) -> None:
    """Some are refused at once; others are deferred, and told after the re-plan."""

    async def main() -> None:
        defer = Behaviour(do=Do.DEFER, times=1)
        later = {row["email"]: defer for row in PEOPLE[12:24]}
        plan = without_mailbox(12)
        plan = plan.model_copy(update={"addresses": {**plan.addresses, **later}})
        again = {"retry_base_s": 5, "retry_cap_s": 5}
        async with deployment(tmp_path, PEOPLE, plan=plan, **SECTIONS, policy=again) as d:
            name = await raised(d)
            await d.approve(name, "notice")
            async with working(d):
                await until(lambda: unreachable(d, name, 12))
                here = await newest(d, name)
                look = Event(
                    id=root_id("test", name), incident=name, payload=ReplanningDue(round=here.id)
                )
                await d.runtime.ledger.submit(look, now=d.runtime.step.clock.now())
                await until(lambda: drafted(d, name))
                during = await d.coverage(name)
                assert during.open, "people are still being told when it is drafted"
                assert (await newest(d, name)).state == "sending"
                assert (await states(d, name))["notice-r1"] is ArtefactState.APPROVED
            assert (await d.coverage(name)).reached == len(PEOPLE) - 12
            assert max(told(d.relay).values()) == 1
            assert (await states(d, name))["announcement-r1"] is ArtefactState.SUBMITTED

    run(main())


async def unreachable(d: Deployment, name: str, count: int) -> bool:
    return (await d.coverage(name)).unreachable >= count


async def drafted(d: Deployment, name: str) -> bool:
    return "announcement-r1" in await states(d, name)

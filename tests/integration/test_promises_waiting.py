"""Who has to wait waits, and nobody else: a hold of the police, and a report that comes first."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin.ledger import reads
from tocsin.schemas.commit import FactKind
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import facts, problems, run, told

AGREED: dict[str, Any] = {"agreed": {"email": "has_password"}}
CHINESE = [person(n) for n in (0, 3, 6, 9)]
CALIFORNIANS = [person(n, country="US-CA", locale="en") for n in (40, 41, 42)]
FBI: dict[str, Any] = {
    "kind": "law_enforcement_written",
    "by": "the field office of the FBI",
    "reference": "letter of the day",
}
BEFORE_PEOPLE = """
id: XX-FIRST
name: "A state that wants its authority told before its people"
residences: ["NO"]
valid_from: 2020-01-01
confidence: high
sources: ["made up"]
authority: "the state's authority"
reports:
  - id: first
    phase: full
    to: "the state's authority"
    when: {all: []}
    reason: "Every breach is reported."
    cite: "s. 1"
    deadline: {value: 10, unit: calendar_days, wording: "before people are told"}
    content: [A_NATURE]
individuals:
  id: people
  when: {all: []}
  reason: "Everybody is told."
  cite: "s. 2"
  deadline: {value: 30, unit: calendar_days, wording: "30 days"}
order:
  - {first: "authority:full", then: individuals, strict: true, cite: "s. 3"}
"""


class Later:
    """A clock that a test can put forward."""

    by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def found(**fields: Any) -> Any:
    aware = (datetime.now(UTC) - timedelta(minutes=10)).isoformat(timespec="seconds")
    california = {"law_enforcement_delay": True, "was_source": True, "mailboxes_ours": False}
    given = {"aware": aware, "detected": aware, "started": aware, **california}
    return incident(facts={**given, "confidentiality": "unknown_recipients"}, **fields)


def held(days: int) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    until = (now + timedelta(days=days)).isoformat(timespec="seconds")
    return [FBI | {"at": now.isoformat(timespec="seconds"), "until": until}]


async def rung(d: Deployment, name: str) -> str:
    """What was said of those who wait, once."""
    found = await facts(d, name, FactKind.ALARM)
    (said,) = [body["text"] for alarm, body in found.items() if alarm.startswith("wait:")]
    return str(said)


async def duty(d: Deployment, name: str, duty: str) -> dict[str, Any]:
    found: dict[str, Any] = (await facts(d, name, FactKind.DUTY))[duty]["duty"]
    return found


def test_a_hold_of_the_american_police_leaves_chinese_duties_running(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Later()
        people = [*CHINESE, *CALIFORNIANS]
        async with deployment(tmp_path, people, directory=AGREED, clock=clock) as d:
            name = await d.raised(found(holds=held(10)))
            california = await duty(d, name, "US-CA:individuals")
            china = await duty(d, name, "CN-PIPL:individuals")
            assert "FBI" in california["held_by"]
            assert (china["held_until"], china["held_by"]) == (None, "")
            await d.approve(name, accepting="played")
            await d.settle()
            assert set(told(d.relay)) == {row["email"] for row in CHINESE}
            assert (await d.coverage(name)).open == len(CALIFORNIANS)
            said = await rung(d, name)
            assert "3 notices" in said
            assert "FBI" in said
            clock.by = timedelta(days=10, minutes=1)
            await d.settle()
            assert set(told(d.relay)) == {row["email"] for row in people}
            assert set(told(d.relay).values()) == {1}
            assert await problems(d) == ()

    run(main())


def test_people_wait_for_a_report_that_has_to_come_before_them(tmp_path: Path) -> None:
    async def main() -> None:
        own = tmp_path / "first.yaml"
        own.write_text(BEFORE_PEOPLE, "utf-8")
        law = {"regimes": ["CN-PIPL", "XX-FIRST"], "own": own}
        nordic = [person(n, country="NO", locale="en") for n in (50, 51)]
        clock = Later()
        async with deployment(tmp_path, [*CHINESE, *nordic], law=law, clock=clock) as d:
            name = await d.raised(found())
            await d.approve(name, "notice", accepting="played")
            await d.settle()
            assert set(told(d.relay)) == {row["email"] for row in CHINESE}
            said = await rung(d, name)
            assert "until XX-FIRST:authority:full is filed" in said
            await d.runtime.door.act(
                d.approver, CommandType.APPROVE, name, target="report-XX-FIRST-full"
            )
            await d.settle()
            clock.by = timedelta(minutes=6)
            await d.settle()
            assert set(told(d.relay)) == {row["email"] for row in [*CHINESE, *nordic]}
            assert set(told(d.relay).values()) == {1}
            waiting = await d.runtime.ledger.ask(reads.waiting_events)
            assert not [kind for _, kind, _, _ in waiting if kind == "wait.due"]

    run(main())

"""Korea: a possible leak is told, then its confirmation, to the same people, with both clocks.

Personal Information Protection Act Art. 34 as in force since 2026-09-11, Enforcement Decree 39-3.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin.runtimes.delivery_books import RoundBook
from tocsin.runtimes.reports import reports
from tocsin.schemas.commit import FactKind
from tocsin.schemas.rounds import RoundKind

from fakes.deployment import deployment, incident, person
from fakes.promises import facts, problems, run, told
from fakes.rounds import equation, first_round, follow, sent

PEOPLE = [person(n, country="KR", locale="en") for n in range(1, 8)]
LAW = {"regimes": ["KR-PIPA"]}


def leak(exfiltration: str, **fields: Any) -> Any:
    aware = (datetime.now(UTC) - timedelta(minutes=10)).isoformat(timespec="seconds")
    known = {
        "aware": aware,
        "detected": aware,
        "started": aware,
        "cause": "malicious_outsider",
        "confidentiality": "unknown_recipients",
        "integrity": "not_lost",
        "availability": "not_lost",
        "exfiltration": exfiltration,
    }
    return incident(facts=known, **fields)


def confirmed() -> Any:
    told_first = incident().narratives.model_dump(mode="json", exclude_defaults=True)
    new = {"what_is_new": {"en": "Your data was taken. We know it since today."}}
    return leak("confirmed", narratives=told_first | new)


def test_a_possible_leak_and_its_confirmation_reach_the_same_people(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, law=LAW) as d:
            name = await first_round(d, leak("possible"))
            possible = (await facts(d, name, FactKind.DUTY))["KR-PIPA:individuals"]["duty"]
            assert possible["required"] is True
            assert set(told(d.relay)) == {row["email"] for row in PEOPLE}
            first = await equation(d, f"{name}/r1")

            assert await follow(d, name, RoundKind.CONFIRMATION, confirmed()) == (f"{name}/r2",)
            again = await sent(d, name)

            assert set(again) == {row["email"] for row in PEOPLE}
            assert set(again.values()) == {1}
            assert await equation(d, f"{name}/r1") == first
            assert (await equation(d, f"{name}/r2")).reached == len(PEOPLE)
            sure = (await facts(d, name, FactKind.DUTY))["KR-PIPA:individuals"]["duty"]
            assert "72 hours" in sure["due_source"]
            assert possible["due_source"] != sure["due_source"]
            assert {standing.artefact.name for standing in await reports(d.runtime, name)} >= {
                "report-KR-PIPA-early"
            }
            assert await problems(d) == ()

    run(main())


def test_the_first_notice_promises_a_further_one_and_the_confirmation_does_not(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE[:1], law=LAW) as d:
            name = await first_round(d, leak("possible"))
            await follow(d, name, RoundKind.CONFIRMATION, confirmed())
            book = RoundBook(d.runtime.ledger)
            first, second = [
                "".join((await book.texts(f"{name}/{r}")).values()).replace("=\r\n", "")
                for r in ("r1", "r2")
            ]
            promise = "As soon as this is certain, we will tell you again"
            assert (promise in first, promise in second) == (True, False)

    run(main())

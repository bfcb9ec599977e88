"""Ten real breaches, as Have I Been Pwned lists them, from the record to the verified ledger."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from tocsin.detectors.hibp import draft, find_breach, read_breaches
from tocsin.detectors.incident_file import dump_incident, read_incident
from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.scope import Condition, Scope

from fakes.deployment import Deployment, deployment, person

NAMES = (
    "000webhost",
    "Adobe",
    "AshleyMadison",
    "Canva",
    "Dropbox",
    "Duolingo",
    "LinkedIn",
    "MyFitnessPal",
    "Patreon",
    "TicketFly",
)
"""Of passwords in plain text (000webhost), of sexual orientation (AshleyMadison), of more than a
hundred million accounts (Adobe, Canva, LinkedIn, MyFitnessPal)."""
SCOPE = Scope(where=(Condition(column="system", equals="shop"),))


def as_file(folder: Path, breaches: Path, name: str) -> tuple[IncidentFile, tuple[str, ...]]:
    """Draft a breach, write it as an incident file and read it back, as a person would."""
    drafted = draft(find_breach(read_breaches(breaches), name), organisation="example", scope=SCOPE)
    path = folder / f"{name}.yaml"
    path.write_text(dump_incident(drafted.incident, notes=drafted.unknown + drafted.unmapped))
    return read_incident(path), drafted.unknown


async def through(d: Deployment, file: IncidentFile, *, drill: bool) -> float:
    """Run an incident from raise to verified ledger; return the seconds it took."""
    start = time.monotonic()
    name = await d.raised(file, drill=drill)
    await d.approve(name, "announcement", accepting="the list says no more than this")
    await d.approve(name, accepting="the list says no more than this")
    await d.settle()
    coverage = await d.coverage(name)
    assert coverage.holds
    assert coverage.open == 0
    assert coverage.reached == coverage.in_scope
    assert not await d.runtime.ledger.ask(reads.dead_events)
    proof = await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)
    assert proof.problems == ()
    return time.monotonic() - start


MANY = int(os.environ.get("BREACH_PEOPLE", "50000"))


@pytest.mark.parametrize("people", [500, pytest.param(MANY, marks=pytest.mark.soak)])
def test_ten_real_breaches_run_from_raise_to_verified_ledger(
    tmp_path: Path, shared_data: Path, people: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each as a drill into the outbox, and one of them once more to the relay."""

    async def main() -> list[str]:
        lines = []
        crowd = [person(n) for n in range(people)]
        delivery = {"flush": 500, "lease_s": 30}
        async with deployment(tmp_path, crowd, delivery=delivery) as d:
            for name in NAMES:
                file, unknown = as_file(
                    tmp_path, shared_data / "hibp" / "breaches_2025-03.json", name
                )
                assert unknown, "a list of breaches never knows everything"
                took = await through(d, file, drill=True)
                lines.append(f"{name}: {len(file.data_kinds)} kinds, {took:.1f} s")
            assert d.relay.total == 0, "a drill reached the relay"
            took = await through(d, file, drill=False)
            assert d.relay.total == people
            lines.append(f"{name} to the relay: {took:.1f} s")
        return lines

    lines = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  {people} people; " + "; ".join(lines))

"""People of a healthy lane beside a sick one, or with one relay of two sick: what that costs them.

    python benchmarks/bench_faults.py --healthy 10000 --sick 2500 --pairs 7

One round by e-mail, two workers with ten connections each to every relay. No lane is bound to a
relay, so what is sick is either
  lane   the way of one mail domain, behind the one relay that serves the healthy domain too
  relay  one of two relays of the same weight, towards everybody; there is one lane, a healthy one
It is sick in one way at a time:
  tarpit  each answer to RCPT, DATA and content comes after a second
  defer   three RCPTs in ten get 451
  drop    at each 500th message the connection is cut instead of the answer
  hang    RCPT is never answered (the wait for a reply ends after 5 s)
  silent  connections are taken and nothing is ever said (relay alone)
Each run with a fault follows one of the same people without. What is sick gets well once the
healthy people are told, or after ten times as long as they took without the fault; those who were
deferred are told by their retries.

Prints a JSON line for each fault, medians over the pairs. Ratios are of the run with the fault by
the one without it:
  cpu_ratio           CPU of the workers from the approval until the healthy people are told, per
                      healthy person told by then; what the other lane cost until then is in it
  cpu_answered_ratio  the same CPU by all hand-overs that were answered until then
  ready_p95_ratio     95th percentile, over the healthy people, of the time from when their batch
                      was ready to the acceptance at a relay; at least that where `told_in_time`,
                      the share of them who were told before the sick one got well, is below 1
  claim_p95_ratio     the same from when their batch was claimed
`holds` says that all were told in time, cpu_ratio is at most 1.15, the other two are at most 2.
Unless the relays accepted everybody and all of them count as reached, the run fails.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tocsin.rules.lanes import lane_of
from tocsin.schemas.identifiers import root_id

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.crew import Crew, crew
from fakes.deployment import incident, person, write_people
from fakes.sick_relay import FAULTS, SICK, SickRelay, Taken

HEALTHY, BATCH, CONNECTIONS, WORKERS = "gmail.com", 1_000, 10, 2
CASES = (
    *(("lane", fault) for fault in FAULTS),
    *(("relay", fault) for fault in (*FAULTS, "silent")),
)
CPU_LIMIT, TIME_LIMIT, PERCENTILE = 1.15, 2.0, 0.95
PATIENCE, LEAST_PATIENCE_S, END_S, LOOK_S = 10, 10.0, 300.0, 0.02
SECTIONS: dict[str, Any] = {
    "delivery": {"flush": 500, "lease_s": 30},
    "policy": {
        "batch_people": BATCH,
        "max_missing_share_percent": 100,
        "max_attempts": 50,
        "retry_base_s": 1,
        "retry_cap_s": 4,
    },
}


class Case(NamedTuple):
    """What is sick in which way, and how many people are in a healthy lane and in a sick one."""

    where: str
    fault: str
    healthy: int
    sick: int

    @property
    def people(self) -> int:
        """Everybody."""
        return self.healthy + self.sick

    def address(self, n: int) -> str:
        """Return the address of the n-th person; the healthy ones come first."""
        return f"person{n}@{HEALTHY if n < self.healthy else SICK.decode()}"


class Seen(NamedTuple):
    """What a run came to, until the healthy people were told or patience ended."""

    cpu_per_person: float
    cpu_per_answer: float
    ready_p95_s: float
    claim_p95_s: float
    seconds: float
    told_in_time: float
    faults: int
    repeats: int


class Told(NamedTuple):
    """The same, before the record was read."""

    cpu_s: float
    seconds: float
    healthy: int
    answered: int
    faults: int


async def count(relays: Sequence[SickRelay]) -> tuple[int, int, int]:
    """Return healthy people told, hand-overs answered and faults met, over all relays."""
    first, *others = [await relay.counts() for relay in relays]
    return (
        first.healthy + sum(found.accepted for found in others),
        first.answered + sum(found.answered for found in others),
        first.faults + sum(found.faults for found in others),
    )


async def tell(
    c: Crew, name: str, relays: Sequence[SickRelay], case: Case, patience_s: float
) -> Told:
    """Approve, wait for the healthy people, make the relays well and wait for everybody."""
    before, start = c.cpu_s(), time.monotonic()
    await c.approve(name)
    while True:
        healthy, answered, faults = await count(relays)
        seconds = time.monotonic() - start
        if healthy >= case.healthy or seconds > patience_s:
            break
        await asyncio.sleep(LOOK_S)
    told = Told(c.cpu_s() - before, seconds, min(healthy, case.healthy), answered, faults)
    await relays[-1].turn("none")
    async with asyncio.timeout(END_S):
        coverage = await c.coverage(name)
        while coverage.open:
            await asyncio.sleep(LOOK_S)
            coverage = await c.coverage(name)
    if coverage.reached != case.people or not coverage.holds:
        sys.exit(f"{case}: not everyone was told: {coverage}")
    return told


async def recorded(relays: Sequence[SickRelay], case: Case) -> dict[str, Taken]:
    """Return what the relays know of everybody; leave unless they accepted everybody."""
    found: dict[str, Taken] = {}
    for relay in relays:
        for name, taken in (await relay.record()).items():
            known = found.get(name, Taken(taken.at, 0))
            found[name] = Taken(min(known.at, taken.at), known.times + taken.times)
    lost = sum(case.address(n) not in found for n in range(case.people))
    if lost:
        sys.exit(f"{case}: {lost} people count as reached whom no relay accepted")
    return found


def p95_s(times: Path, name: str, record: Mapping[str, Taken], case: Case) -> tuple[float, float]:
    """Return the 95th percentiles from ready and from claimed to accepted, of healthy people."""
    moments: dict[tuple[str, str], float] = {}
    for line in times.read_text().splitlines():
        entry = json.loads(line)
        moments.setdefault((entry["moment"], entry["batch"]), entry["ns"] / 1e9)
    lane = lane_of(case.address(0))
    batches = [
        root_id("batch.due", f"{name}/r1/{lane}/{first}") for first in range(0, case.healthy, BATCH)
    ]
    ready, claimed = (
        sorted(
            record[case.address(n)].at - moments[moment, batches[n // BATCH]]
            for n in range(case.healthy)
        )[int(case.healthy * PERCENTILE)]
        for moment in ("after", "claimed")
    )
    return ready, claimed


async def run(case: Case, patience_s: float) -> Seen:
    """Tell everybody once."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        times = folder / "times"
        write_people(
            folder / "people.db",
            (
                person(n, country="DE", locale="en", email=case.address(n))
                for n in range(case.people)
            ),
        )
        relays = [await stack.enter_async_context(SickRelay())]
        if case.where == "relay":
            relays.append(await stack.enter_async_context(SickRelay(everybody=True)))
        given = [
            {"name": f"relay-{n}", "host": "127.0.0.1", "port": relay.port, "tls": "none"}
            | {"timeout_s": 5, "connections": CONNECTIONS}
            for n, relay in enumerate(relays)
        ]
        crewed = crew(folder, "embedded", port=0, workers=0, **SECTIONS, relays=given)
        async with crewed as c:
            for _ in range(WORKERS):
                await c.join(times=times)
            name = await c.raised(incident())
            await relays[-1].turn(case.fault)
            told = await tell(c, name, relays, case, patience_s)
            record = await recorded(relays, case)
        ready, claim = p95_s(times, name, record, case)
    return Seen(
        cpu_per_person=told.cpu_s / max(1, told.healthy),
        cpu_per_answer=told.cpu_s / max(1, told.answered),
        ready_p95_s=ready,
        claim_p95_s=claim,
        seconds=told.seconds,
        told_in_time=told.healthy / case.healthy,
        faults=told.faults,
        repeats=sum(taken.times for taken in record.values()) - case.people,
    )


def figures_of(case: Case, pairs: Sequence[tuple[Seen, Seen]]) -> dict[str, object]:
    """Return the line of a case, from pairs of a run with the fault and one without it."""

    def ratio(name: str) -> float:
        found: list[float] = [getattr(one, name) / getattr(other, name) for one, other in pairs]
        return round(median(found), 3)

    cpu, ready, claim = map(ratio, ("cpu_per_person", "ready_p95_s", "claim_p95_s"))
    in_time = round(min(one.told_in_time for one, _ in pairs), 4)
    return {
        "bench": "faults",
        **case._asdict(),
        "pairs": len(pairs),
        "cpu_ratio": cpu,
        "cpu_answered_ratio": ratio("cpu_per_answer"),
        "ready_p95_ratio": ready,
        "claim_p95_ratio": claim,
        "ready_p95_s": round(median(one.ready_p95_s for one, _ in pairs), 2),
        "ready_p95_s_without": round(median(other.ready_p95_s for _, other in pairs), 2),
        "told_in_time": in_time,
        "faults": sum(one.faults for one, _ in pairs),
        "repeats": sum(one.repeats for one, _ in pairs),
        "lost": 0,
        "holds": in_time == 1 and cpu <= CPU_LIMIT and max(ready, claim) <= TIME_LIMIT,
    }


async def main(cases: Sequence[Case], pairs: int) -> None:
    """Let each fault take turns with none."""
    for case in cases:
        found = []
        for _ in range(pairs):
            without = await run(case._replace(fault="none"), END_S)
            patience_s = max(LEAST_PATIENCE_S, PATIENCE * without.seconds)
            found.append((await run(case, patience_s), without))
        print(json.dumps(figures_of(case, found)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--healthy", type=int, default=10_000)
    parser.add_argument("--sick", type=int, default=2_500)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--where", choices=("lane", "relay"), action="append")
    parser.add_argument("--fault", choices=(*FAULTS, "silent"), action="append")
    chosen = parser.parse_args()
    wanted = [
        Case(where, fault, chosen.healthy, chosen.sick if where == "lane" else 0)
        for where, fault in CASES
        if where in (chosen.where or [where]) and fault in (chosen.fault or [fault])
    ]
    asyncio.run(main(wanted, chosen.pairs))

"""A crowd of whom some cannot be told at once, and what the relay must have of them in the end."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.ledger import reads
from tocsin.ledger.verify import verify

from fakes.deployment import Deployment, person


@dataclass(frozen=True)
class Audience:
    """People, and what the relay must have accepted for each address in the end."""

    people: list[dict[str, Any]]
    expected: set[str]
    plan: RelayPlan
    dropped: int
    """Addresses at which the relay takes a message and cuts the connection, once."""


def audience(number: int) -> Audience:
    """Make people of whom some are refused, deferred, dropped, without address, or share one."""
    people: list[dict[str, Any]] = []
    expected: set[str] = set()
    behaviours: dict[str, Behaviour] = {}
    dropped = 0
    for n in range(number):
        row = person(n)
        kind = n % 100
        if kind == 1:
            row["email"] = None
        elif kind == 2:
            row["email"] = people[-2]["email"]
            row["country"], row["locale"] = people[-2]["country"], people[-2]["locale"]
        elif kind == 3:
            behaviours[row["email"]] = Behaviour(do=Do.REFUSE)
        elif kind in {4, 5}:
            behaviours[row["email"]] = Behaviour(do=Do.DEFER, times=1)
        elif kind == 6:
            behaviours[row["email"]] = Behaviour(do=Do.DROP_AFTER_DOT, times=1)
            dropped += 1
        if row["email"] and kind != 3:
            expected.add(row["email"])
        people.append(row)
    return Audience(people, expected, RelayPlan(addresses=behaviours), dropped)


def repeats(d: Deployment, who: Audience, *, rounds: int = 1) -> int:
    """Count what the server took more often than once; assert that nobody is lost and all alike."""
    taken = Counter(r.message_id for r in d.relay.received)
    told = {(r.address, r.message_id) for r in d.relay.received if r.accepted}
    notices = Counter(address for address, _ in told)
    lost = [a for a in who.expected if notices[a] < rounds]
    strangers = {r.address for r in d.relay.received} - who.expected
    contents: dict[str, set[str]] = {}
    for r in d.relay.received:
        contents.setdefault(r.message_id, set()).add(r.sha256)
    differing = [a for a, found in contents.items() if len(found) > 1]
    assert not lost, f"{len(lost)} people were lost"
    assert not strangers, f"{len(strangers)} addresses were told that should not have been"
    assert not differing, f"{len(differing)} repeats were not byte-identical"
    return taken.total() - len(taken) - who.dropped


async def settled(d: Deployment, name: str, who: Audience) -> None:
    """Assert the equation, the proof, and that nothing gave up."""
    coverage = await d.coverage(name)
    assert coverage.holds, coverage
    assert coverage.open == 0, coverage
    assert coverage.in_scope == len(who.people)
    assert not await d.runtime.ledger.ask(reads.dead_events)
    proof = await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)
    assert proof.problems == ()

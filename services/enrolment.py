"""Enrolment: codes of a pool are reserved with the plan, and each obligation has its own of them.

No table says who has which: an obligation's code follows from its round's range and its place in
the frozen lanes, so it is the same after any crash.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from tocsin.rules.code_places import place_of
from tocsin.schemas.audience import Addressee, AudienceCounts
from tocsin.schemas.codes import CodeRange, sample_code
from tocsin.schemas.commit import Fact, FactKind, ReserveCodes, Transition, Write
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.finding import Finding
from tocsin.schemas.incident import IncidentFile


class Pools(Protocol):
    """The pools that the configuration names, and what was reserved of them."""

    async def reservable(self, pool: str, count: int) -> CodeRange:
        """Return the next codes of a pool that no round has.

        Raises InvalidInput where there is no such pool or its file is no use, and Conflict where it
        holds too few, or codes that were given before are not in it as they were.
        """
        ...

    async def codes(self, held: CodeRange, places: Sequence[int]) -> Sequence[str]:
        """Return the codes at places of a range, from 0.

        Raises InvalidInput where the file is no use, and Conflict where the codes are not the ones
        that were reserved.
        """
        ...


class Reserved(NamedTuple):
    """What a plan says of codes, what is written beside it, and what speaks against sending."""

    plan: dict[str, Any] | None
    """None where the texts promise no code. `first` None: none are reserved."""
    writes: tuple[ReserveCodes, ...] = ()
    findings: tuple[Finding, ...] = ()


async def reserve(
    round_id: str, incident: IncidentFile, counts: AudienceCounts, *, drill: bool, pools: Pools
) -> Reserved:
    """Reserve a code for every obligation of a round, or none at all where one would lack.

    A drill reserves nothing: it shows samples.
    """
    pool, wanted = incident.code_pool, sum(counts.by_lane.values())
    if pool is None:
        return Reserved(None)
    plan: dict[str, Any] = {
        "pool": pool,
        "drill": drill,
        "first": None,
        "count": wanted,
        "digest": "",
        "lanes": counts.by_lane,
    }
    if drill:
        return Reserved(plan)
    try:
        held = await pools.reservable(pool, wanted)
    except (Conflict, InvalidInput) as lacking:
        finding = Finding(
            rule="POOL",
            text=f"{lacking.message[0].upper()}{lacking.message[1:]}.",
            where="remedies: code_pool",
            fix="give the pool more codes, then revise the incident: it is planned anew",
        )
        return Reserved(plan, findings=(finding,))
    write = ReserveCodes(round_id, pool, held.first, held.size, held.digest)
    return Reserved(plan | {"first": held.first, "digest": held.digest}, (write,))


def lacks_codes(plan: Mapping[str, Any]) -> bool:
    """Whether the texts of a plan promise codes and none are reserved."""
    told = plan.get("codes")
    return told is not None and not told["drill"] and told["first"] is None


async def codes_of(
    people: Sequence[Addressee], plan: Mapping[str, Any], pools: Pools
) -> Mapping[tuple[str, int], str]:
    """Return the code of each obligation, by (lane, seq); nothing where none is promised.

    Raises Conflict where none are reserved, and what `Pools.codes` raises.
    """
    told = plan.get("codes")
    if told is None:
        return {}
    places = [place_of(told["lanes"], a.lane, a.seq) for a in people]
    if told["drill"]:
        found: Sequence[str] = [sample_code(place) for place in places]
    elif told["first"] is None:
        message = f"the texts promise a code of the pool {told['pool']}, and none are reserved"
        raise Conflict(message, field="code_pool", fix="revise the incident: it is planned anew")
    else:
        held = CodeRange(told["pool"], told["first"], told["count"], told["digest"])
        found = await pools.codes(held, places)
    return {(a.lane, a.seq): code for a, code in zip(people, found, strict=True)}


def pause_for_codes(round_id: str, why: Conflict | InvalidInput) -> list[Write]:
    """Return the writes that pause a round whose codes cannot be given, with an alarm."""
    text = f"{round_id} is paused: {why.message}. Nobody is dropped; {why.fix}, and resume it"
    return [
        Transition("round", round_id, "paused", "", text, was="sending"),
        Fact(FactKind.ALARM, f"codes:{round_id}", {"text": text}, round_id),
    ]

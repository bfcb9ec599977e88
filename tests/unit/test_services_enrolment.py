"""What a plan says of codes, and which code an obligation has by it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE, Addressee, AudienceCounts
from tocsin.schemas.codes import CodeRange
from tocsin.schemas.commit import ReserveCodes
from tocsin.schemas.errors import Conflict
from tocsin.services.enrolment import Reserved, codes_of, lacks_codes, reserve

from fakes.deployment import incident

OFFER = {"id": "CREDIT_MONITORING", "code_pool": "monitoring"}
LANES = {"gmail": 3, "other": 2, SHARED_LANE: 1, UNADDRESSABLE_LANE: 4}


@dataclass
class Pool:
    """A pool of so many codes, of which some were given."""

    holds: int = 100
    first: int = 40
    asked: list[str] = field(default_factory=list)

    async def reservable(self, pool: str, count: int) -> CodeRange:
        self.asked.append(pool)
        if self.first + count > self.holds:
            message = "the pool holds too few"
            raise Conflict(message)
        return CodeRange(pool, self.first, count, "digest")

    async def codes(self, held: CodeRange, places: Sequence[int]) -> list[str]:
        assert all(0 <= place < held.size for place in places)
        return [f"{held.pool}-{held.first + place}" for place in places]


def planned(pool: Pool, *, drill: bool = False, offer: bool = True) -> Reserved:
    """Return what planning reserves for a round of ten obligations."""
    file = incident(remedies=[OFFER] if offer else [])
    total = sum(LANES.values())
    counts = AudienceCounts(
        persons=total,
        obligations=total,
        by_lane=LANES,
        by_cohort={0: total},
        by_residence={"DE": total},
        by_obstacle={},
        defaulted_residence=0,
        defaulted_locale=0,
    )
    return asyncio.run(reserve("INC-1/r1", file, counts, drill=drill, pools=pool))


def given(reserved: Reserved, pool: Pool, *who: tuple[str, int]) -> Any:
    people = [Addressee(lane, seq, seq, "self", 0, "", "", "") for lane, seq in who]
    return asyncio.run(codes_of(people, {"codes": reserved.plan}, pool))


def test_every_obligation_of_a_round_has_a_code_reserved_also_where_nothing_is_sent() -> None:
    reserved = planned(Pool())
    assert reserved.writes == (ReserveCodes("INC-1/r1", "monitoring", 40, 10, "digest"),)
    assert reserved.findings == ()
    assert not lacks_codes({"codes": reserved.plan})


def test_an_obligation_has_the_code_of_its_place_and_no_two_have_the_same() -> None:
    pool = Pool()
    who = [(lane, seq) for lane, size in LANES.items() for seq in range(size)]
    codes = given(planned(pool), pool, *who)
    assert codes["gmail", 0] == "monitoring-40"
    assert codes["other", 1] == "monitoring-44"
    assert sorted(codes.values()) == [f"monitoring-{n}" for n in range(40, 50)]


def test_a_pool_that_holds_too_few_is_a_finding_and_nothing_of_it_is_reserved() -> None:
    pool = Pool(holds=49)
    reserved = planned(pool)
    assert reserved.writes == ()
    assert [(f.rule, f.text) for f in reserved.findings] == [("POOL", "The pool holds too few.")]
    assert lacks_codes({"codes": reserved.plan})
    with pytest.raises(Conflict, match="none are reserved"):
        given(reserved, pool, ("gmail", 0))


def test_a_drill_asks_no_pool_and_tells_each_another_sample() -> None:
    pool = Pool(holds=0)
    reserved = planned(pool, drill=True)
    assert (reserved.writes, reserved.findings) == ((), ())
    assert not lacks_codes({"codes": reserved.plan})
    codes = given(reserved, pool, ("gmail", 2), ("other", 0))
    assert codes == {("gmail", 2): "SAMPLE-0000002", ("other", 0): "SAMPLE-0000003"}
    assert pool.asked == []


def test_without_an_offer_of_codes_no_pool_is_asked_and_nobody_gets_one() -> None:
    pool = Pool()
    reserved = planned(pool, offer=False)
    assert reserved == Reserved(None)
    assert given(reserved, pool, ("gmail", 0)) == {}
    assert pool.asked == []
    assert not lacks_codes({"ladder": []})


def test_an_incident_names_one_pool_at_most() -> None:
    with pytest.raises(ValueError, match="only one of the remedies may name a code_pool"):
        incident(remedies=[OFFER, OFFER | {"id": "HOTLINE"}])
    with pytest.raises(ValueError, match="code_pool"):
        incident(remedies=[OFFER | {"code_pool": "../secret"}])

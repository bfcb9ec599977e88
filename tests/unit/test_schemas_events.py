"""Events, leases and outcomes as values: what is written is what is read, and closed sets close."""

import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tocsin.schemas.coverage import PersonState, Settled, fold_person
from tocsin.schemas.event import PAYLOAD, BatchDue, EscalationDue, Payload
from tocsin.schemas.lease import Lease, Order, boottime
from tocsin.schemas.outcome import Reason, Result
from tocsin.services.pipeline import PIPELINE

TYPES = [kind.model_fields["type"].default for kind in get_args(get_args(Payload)[0])]


def test_every_kind_of_event_has_its_handler_and_none_is_left_over() -> None:
    assert sorted(TYPES) == sorted(PIPELINE)
    assert len(set(TYPES)) == len(TYPES)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.sampled_from(Result), st.sampled_from(Reason)),
        max_size=5,
    ),
    st.lists(st.integers(0, 10**7), max_size=5),
)
def test_what_a_batch_leaves_open_survives_being_written(
    left: list[tuple[int, Result, Reason]], only: list[int]
) -> None:
    batch = BatchDue(round="INC-1/r1", rung=0, lane="other", channel="email", only=tuple(only))
    escalation = EscalationDue(
        round="INC-1/r1", rung=0, lane="other", channel="email", attempt=1, left=tuple(left)
    )
    for payload in (batch, escalation):
        assert PAYLOAD.validate_json(payload.model_dump_json()) == payload


@pytest.mark.parametrize(
    "text",
    ['{"type": "unheard.of"}', '{"type": "round.emptied"}', '{"type": "round.emptied", "x": 1}'],
)
def test_an_event_that_is_not_one_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        PAYLOAD.validate_json(text)


def test_a_lease_ends_by_time_by_fence_and_by_order() -> None:
    lease = Lease(deadline=boottime() + 30, length_s=30)
    assert lease.may_send
    for order in (Order.PAUSE, Order.STOP):
        lease.renew(boottime() + 30, order)
        assert lease.alive
        assert not lease.may_send
    lease.renew(boottime() - 0.001, Order.GO)
    assert not lease.alive
    lease.renew(boottime() + 30, Order.GO)
    lease.fenced = True
    assert not lease.may_send


def test_the_clock_of_leases_goes_on_while_the_machine_sleeps() -> None:
    assert abs(boottime() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1


def test_only_three_results_of_an_attempt_leave_an_obligation_open() -> None:
    still_open = {result for result in Result if not result.settles}
    assert still_open == {Result.DEFERRED, Result.REFUSED, Result.IN_DOUBT}


settlements = st.sampled_from([Settled(result, Reason.NONE) for result in Result if result.settles])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.none() | settlements, min_size=1, max_size=4))
def test_a_person_is_open_while_an_obligation_is_and_reached_only_when_all_are(
    obligations: list[Settled | None],
) -> None:
    state, _ = fold_person(obligations)
    assert (state is PersonState.OPEN) == (None in obligations)
    told = {Result.ACCEPTED, Result.COVERED}
    all_told = all(settled is not None and settled.result in told for settled in obligations)
    assert (state is PersonState.REACHED) == all_told
    if None not in obligations and not all_told:
        failed = next(s for s in obligations if s is not None and s.result not in told)
        assert state == failed.result.value

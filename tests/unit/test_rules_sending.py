"""Switch, ladder, pacing, lifecycle and permission."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.ladder import Retry, Settle, next_step
from tocsin.rules.lifecycle import TRANSITIONS, Machine, initial_state, may, next_state
from tocsin.rules.pacing import batch_size, cut
from tocsin.rules.permission import ROLES_FOR, allowed, can_send_for_real
from tocsin.rules.switch import Telling, decide_switch, duration
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.audience import Cohort, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import PublicMode, RegimeSwitch, SwitchDecision
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed
from tocsin.schemas.event import EventState
from tocsin.schemas.incident import StatedGround
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.principal import CommandType, Principal, Role

NOBODY: frozenset[str] = frozenset()
STATED = StatedGround(reason="Nobody keeps a list of them.", instead=True)
REPLACES = RegimeSwitch(
    regime="XX-INSTEAD", announce=True, mode=PublicMode.INSTEAD, reason="It is hard.", cite="Art. 1"
)
KEEPS = RegimeSwitch(
    regime="XX-AND", announce=True, mode=PublicMode.AND, reason="Ten or more.", cite="Art. 2"
)


def people(number: int, *regimes: str) -> Cohort:
    return Cohort(number, regimes, "en", (), RecipientKind.SELF)


TELLING = Telling(10_000, 10_000, limit=10_000, max_missing_share_percent=10)


def switch(
    *by_regime: RegimeSwitch, cohorts: Sequence[Cohort] = (), **given: Any
) -> SwitchDecision:
    return decide_switch(replace(TELLING, **given), by_regime, cohorts)


@pytest.mark.parametrize(("persons", "announce"), [(9_999, False), (10_000, False), (10_001, True)])
def test_more_people_than_the_limit_are_announced_beside_their_notices(
    persons: int, announce: bool
) -> None:
    decision = switch(persons=persons, addressable=persons, cohorts=[people(0, "XX-INSTEAD")])

    assert (decision.announce, decision.replaces_notices) == (announce, False)


def test_every_ground_is_explained_in_numbers() -> None:
    decision = switch(
        REPLACES, persons=12_345, addressable=12_000, forecast_s=7_500, left_s=3_600, stated=STATED
    )

    assert decision.grounds[:5] == (
        "12,345 people are more than the limit of 10,000.",
        "345 of 12,345 people (2.8 %) have no usable contact: within the threshold of 10 %.",
        (
            "Telling 12,000 people one by one takes 2 h 5 min, 1 h 5 min longer than is left until "
            "they have to be told."
        ),
        "The operator states: Nobody keeps a list of them.",
        "XX-INSTEAD: It is hard. (Art. 1)",
    )


@pytest.mark.parametrize(
    ("addressable", "announce"), [(9_001, False), (9_000, False), (8_999, True), (0, True)]
)
def test_too_many_people_without_a_contact_call_for_an_announcement_beside_the_notices(
    addressable: int, announce: bool
) -> None:
    decision = switch(addressable=addressable)

    assert (decision.announce, decision.replaces_notices) == (announce, False)


@pytest.mark.parametrize(
    ("left_s", "announce"), [(None, False), (60, False), (59, True), (0, False), (-5, False)]
)
def test_a_forecast_beyond_the_due_time_calls_for_an_announcement(
    left_s: int | None, announce: bool
) -> None:
    assert switch(forecast_s=60, left_s=left_s).announce is announce


def test_whom_a_channel_cannot_tell_in_time_is_said_in_figures() -> None:
    short = {Channel.EMAIL: 212_000, Channel.LETTER: 1}
    decision = switch(forecast_s=7_200, left_s=3_600, short=short)

    assert decision.grounds[2] == (
        "Telling 10,000 people one by one takes 2 h, 1 h longer than is left until they have to be "
        "told; by e-mail alone 212,000 people are short of the deadline; by letter alone 1 person "
        "is short of the deadline."
    )


def test_people_who_cannot_be_identified_call_for_an_announcement() -> None:
    assert switch(unidentifiable=True).announce is True


def test_a_regimes_own_numbers_call_for_an_announcement_where_telling_is_not_hard() -> None:
    decision = switch(KEEPS, cohorts=[people(0, "XX-AND")])

    assert (decision.announce, decision.hard_to_tell, decision.replaced) == (True, False, ())
    assert "XX-AND: Ten or more. (Art. 2)" in decision.grounds


def test_notices_are_replaced_for_those_alone_all_of_whose_regimes_allow_it() -> None:
    cohorts = [
        people(0, "XX-INSTEAD"),
        people(1, "XX-INSTEAD", "XX-AND"),
        people(2),
        people(3, "XX-AND"),
    ]
    decision = switch(REPLACES, KEEPS, stated=STATED, cohorts=cohorts)

    assert decision.replaced == (0, 2)
    assert decision.replaces_notices is False
    assert decision.grounds[-1] == (
        "As the operator asks, it stands in for the notices: XX-INSTEAD (Art. 1). XX-AND keeps its "
        "notices."
    )


def test_everybodys_notices_are_replaced_where_every_regime_allows_it() -> None:
    cohorts = [people(0, "XX-INSTEAD"), people(1)]

    assert switch(REPLACES, stated=STATED, cohorts=cohorts).replaces_notices is True
    assert switch(REPLACES, unidentifiable=True, cohorts=cohorts).replaces_notices is False


def test_without_a_ground_nothing_is_announced() -> None:
    assert switch(persons=10_000_000, addressable=10_000_000, limit=None).announce is False
    assert switch(persons=0, addressable=0, limit=0).announce is False


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3_605, "1 h"),
        (7_500, "2 h 5 min"),
    ],
)
def test_spans_of_time_are_written_in_words(seconds: int, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("attempts", "wait"), [(1, 60), (2, 240), (3, 960), (4, 3600), (99, 3600)])
def test_a_deferred_person_waits_four_times_as_long_each_time(attempts: int, wait: int) -> None:
    step = next_step(
        Reason.TEMPORARY_FAILURE, attempts=attempts, max_attempts=1000, retry_after_s=None
    )

    assert step == Retry(wait)


@pytest.mark.parametrize(
    ("asked", "wait"), [(10.0, 60), (600.0, 600), (7_200.0, 7_200), (1e9, 86_400)]
)
def test_a_provider_that_asks_for_more_time_gets_it_within_a_day(asked: float, wait: int) -> None:
    step = next_step(Reason.RATE_LIMITED, attempts=1, max_attempts=5, retry_after_s=asked)

    assert step == Retry(wait)


@pytest.mark.parametrize("reason", [Reason.CONNECTION_LOST, Reason.TIMED_OUT])
def test_a_doubt_is_cleared_nearly_at_once(reason: Reason) -> None:
    assert next_step(reason, attempts=1, max_attempts=5, retry_after_s=None) == Retry(6)


@pytest.mark.parametrize("reason", [Reason.NO_SUCH_MAILBOX, Reason.REFUSED_CONTENT])
def test_a_refusal_settles_with_its_reason(reason: Reason) -> None:
    assert next_step(reason, attempts=1, max_attempts=5, retry_after_s=9) == Settle(reason)


@pytest.mark.parametrize("reason", [Reason.RELAY_REFUSED_US, Reason.RELAY_UNAVAILABLE])
def test_what_is_not_the_persons_fault_never_settles_at_once(reason: Reason) -> None:
    assert isinstance(next_step(reason, attempts=1, max_attempts=5, retry_after_s=None), Retry)


@pytest.mark.parametrize(
    ("result", "step"),
    [
        (Result.REFUSED, Settle(Reason.MAILBOX_FULL)),
        (Result.DEFERRED, Retry(60)),
        (Result.IN_DOUBT, Retry(6)),
        (None, Retry(60)),
    ],
)
def test_a_full_mailbox_follows_the_result_when_it_is_told(
    result: Result | None, step: object
) -> None:
    found = next_step(
        Reason.MAILBOX_FULL, attempts=1, max_attempts=5, retry_after_s=None, result=result
    )

    assert found == step


@pytest.mark.parametrize(("attempts", "settles"), [(4, False), (5, True), (6, True)])
def test_tries_run_out(attempts: int, settles: bool) -> None:
    step = next_step(Reason.TIMED_OUT, attempts=attempts, max_attempts=5, retry_after_s=None)

    assert (step == Settle(Reason.RETRIES_EXHAUSTED)) is settles


@settings(deadline=None, max_examples=200)
@given(
    reason=st.sampled_from([r for r in Reason if r]),
    attempts=st.integers(1, 500),
    retry_after=st.none() | st.floats(allow_nan=True),
)
def test_every_obligation_comes_to_a_step_and_every_wait_is_finite(
    reason: Reason, attempts: int, retry_after: float | None
) -> None:
    step = next_step(reason, attempts=attempts, max_attempts=400, retry_after_s=retry_after)

    if isinstance(step, Retry):
        assert attempts < 400
        assert 6 <= step.after_s <= 86_400


@pytest.mark.parametrize(
    ("rate", "most", "size"),
    [
        (100, 5_000, 500),
        (10, 30, 30),
        (100_000, 100_000, 5_000),
        (0, 5_000, 1),
        (999, 4_995, 4_995),
    ],
)
def test_a_batch_is_what_its_lane_sends_in_five_seconds(rate: int, most: int, size: int) -> None:
    assert batch_size(rate, max_people=most) == size


@settings(deadline=None, max_examples=100)
@given(count=st.integers(0, 3_000), size=st.integers(1, 700))
def test_batches_cover_every_seq_of_a_lane_once(count: int, size: int) -> None:
    batches = cut(count, size)

    assert [seq for first, n in batches for seq in range(first, first + n)] == list(range(count))
    assert all(0 < n <= size for _, n in batches)


@pytest.mark.parametrize(
    ("machine", "path", "ends"),
    [
        ("incident", ["open", "revise", "close"], "closed"),
        ("incident", ["withdraw"], "withdrawn"),
        ("artefact", ["submit", "return", "submit", "approve", "void"], "void"),
        ("round", ["freeze", "send", "pause", "resume", "close"], "closed"),
        ("round", ["freeze", "send", "pause", "stop"], "stopped"),
        ("batch", ["claim", "expire", "claim", "give_up", "replay", "claim", "finish"], "done"),
    ],
)
def test_lifecycles_run_from_their_first_state(machine: str, path: list[str], ends: str) -> None:
    state = initial_state(machine)
    for action in path:
        state = next_state(machine, state, action)

    assert state == ends


def test_what_cannot_be_done_names_what_can() -> None:
    with pytest.raises(Conflict) as refusal:
        next_state("round", "paused", "pause")

    assert str(refusal.value) == (
        "round: a round that is paused cannot pause - possible now: resume, close, stop"
    )
    with pytest.raises(Conflict, match="nothing more is possible"):
        next_state("incident", "closed", "open")


@pytest.mark.parametrize(("machine", "state"), [("letter", "open"), ("round", "lost")])
def test_a_state_that_does_not_exist_is_no_conflict_but_an_error(machine: str, state: str) -> None:
    with pytest.raises(InvalidInput, match="there is no"):
        may(machine, state, "open")


def test_every_transition_leads_to_a_state_of_its_machine() -> None:
    for states in TRANSITIONS.values():
        reached = {to for actions in states.values() for to in actions.values()}
        assert reached <= set(states)
        assert set(states) - reached <= {next(iter(states))}


def test_the_states_are_those_of_artefacts_and_of_event_rows() -> None:
    assert set(TRANSITIONS[Machine.ARTEFACT]) == {state.value for state in ArtefactState}
    assert set(TRANSITIONS[Machine.BATCH]) == {state.value for state in EventState}


def principal(name: str, *roles: Role, revoked: bool = False) -> Principal:
    return Principal(name=name, roles=frozenset(roles), revoked=revoked)


EVERYTHING = principal("ada", *Role)


@pytest.mark.parametrize("command", list(CommandType))
def test_every_command_needs_one_of_its_roles_and_nothing_else_will_do(
    command: CommandType,
) -> None:
    others = [role for role in Role if role not in ROLES_FOR[command]]

    for role in ROLES_FOR[command]:
        allowed(principal("ada", role), command, hands=NOBODY)
    with pytest.raises(NotAllowed, match="may not"):
        allowed(principal("ada", *others), command, hands=NOBODY)


def test_who_raised_or_edited_it_cannot_approve_it() -> None:
    with pytest.raises(NotAllowed, match="raised or edited"):
        allowed(EVERYTHING, CommandType.APPROVE, hands=frozenset({"ada", "bo"}))
    allowed(EVERYTHING, CommandType.APPROVE, hands=frozenset({"bo"}))


def test_a_revoked_principal_may_nothing() -> None:
    gone = principal("ada", *Role, revoked=True)

    for command in CommandType:
        with pytest.raises(NotAllowed, match="revoked"):
            allowed(gone, command, hands=NOBODY)


def test_resuming_after_a_governors_pause_needs_an_approver() -> None:
    operator = principal("ada", Role.OPERATE)

    allowed(operator, CommandType.RESUME, hands=NOBODY)
    with pytest.raises(NotAllowed, match="approve"):
        allowed(operator, CommandType.RESUME, hands=NOBODY, after_governor=True)
    allowed(principal("bo", Role.APPROVE), CommandType.RESUME, hands=NOBODY, after_governor=True)


PEOPLE: Mapping[str, tuple[Principal, ...]] = {
    "nobody": (),
    "one who may both": (principal("ada", Role.RAISE, Role.APPROVE),),
    "two who raise": (principal("ada", Role.RAISE), principal("bo", Role.RAISE)),
    "one revoked": (principal("ada", Role.RAISE), principal("bo", Role.APPROVE, revoked=True)),
    "one twice": (principal("ada", Role.RAISE), principal("ada", Role.APPROVE)),
    "a detector and an approver": (principal("d", Role.DETECTOR), principal("a", Role.APPROVE)),
}


@pytest.mark.parametrize("people", PEOPLE.values(), ids=PEOPLE)
def test_nothing_is_sent_for_real_without_two_principals(people: tuple[Principal, ...]) -> None:
    assert not can_send_for_real(people)


@pytest.mark.parametrize(
    "people",
    [
        (principal("ada", Role.RAISE), principal("bo", Role.APPROVE)),
        (principal("ada", Role.RAISE, Role.APPROVE), principal("bo", Role.APPROVE)),
        (principal("ada", Role.RAISE, Role.APPROVE), principal("bo", Role.RAISE)),
    ],
)
def test_one_to_raise_and_another_to_approve_are_enough(people: tuple[Principal, ...]) -> None:
    assert can_send_for_real(people)

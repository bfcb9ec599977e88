"""Telling: a Commit's lifecycle events, in ids and counts, and one bell per event that waits."""

from datetime import UTC, datetime, timedelta

from tocsin.rules.telling import MOST_BELLS, progressed, rounds_moved, told
from tocsin.schemas.commit import (
    Commit,
    Fact,
    FactKind,
    OpenIncident,
    OutcomeRow,
    Outcomes,
    Transition,
    Write,
)
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.event import ClockDue, DispatchDue, Event, PlanningDue
from tocsin.schemas.lifecycle import (
    ArtefactDecided,
    ClockAlarmed,
    IncidentClosed,
    IncidentOpened,
    OutcomesRecorded,
    ReportFiled,
    RoundFrozen,
    WorkWaiting,
)

from fakes.ledgers import opening

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PLANNING = Event(id="e-1", incident="INC-1", payload=PlanningDue(round="INC-1/r1"))


def row(seq: int, result: str, *, lane: str = "other", channel: str = "email") -> OutcomeRow:
    return OutcomeRow(lane, seq, 0, 0, channel, result, "", "", "", seq)


def test_an_incident_that_opens_is_told_by_its_ids_and_not_by_its_title() -> None:
    opened = OpenIncident("Title", "example", drill=True, raised_by="rosa", revision=1)
    (data,) = told(PLANNING, Commit(writes=[opened]), now=NOW)
    assert data == IncidentOpened(incident="INC-1", organisation="example", revision=1, drill=True)


def test_a_flush_is_told_as_counts_per_lane_and_outcome() -> None:
    rows = [
        row(0, "accepted"),
        row(1, "accepted"),
        row(2, "deferred"),
        row(0, "refused", lane="qq"),
    ]
    data = told(PLANNING, Commit(writes=[Outcomes("INC-1/r1", rows)]), now=NOW)
    about = {"incident": "INC-1", "round": "INC-1/r1", "channel": "email"}
    assert data == (
        OutcomesRecorded.model_validate({**about, "lane": "other", "accepted": 2, "deferred": 1}),
        OutcomesRecorded.model_validate({**about, "lane": "qq", "refused": 1}),
    )


def test_every_event_that_waits_now_rings_once_and_timers_ring_later() -> None:
    events = [
        Event(id=f"e-{n}", incident="INC-1", payload=DispatchDue(round="INC-1/r1"), weight=n)
        for n in range(3)
    ]
    later = events[2].model_copy(update={"due": NOW + timedelta(seconds=1)})
    data = told(PLANNING, Commit(events=[events[0], events[1], later]), now=NOW)
    assert data == tuple(
        WorkWaiting(incident="INC-1", stage="dispatch.due", people=n) for n in range(2)
    )


def test_a_thousand_batches_ring_no_more_bells_than_wake_everybody() -> None:
    events = [
        Event(id=f"e-{n}", incident="INC-1", payload=DispatchDue(round="INC-1/r1"))
        for n in range(1000)
    ]
    assert len(told(PLANNING, Commit(events=events), now=NOW)) == MOST_BELLS


def test_decisions_ends_and_reports_are_told() -> None:
    writes: list[Write] = [
        Transition("artefact", "notice-r1", "approved", "ada"),
        Transition("artefact", "report-EU-GDPR-full", "returned", "ada"),
        Transition("artefact", "notice-r1", "void"),
        Transition("incident", "INC-1", "closed", "ada"),
        Fact(FactKind.FILING, "report-EU-GDPR-full", {"duty": "EU-GDPR:authority:full"}),
        Fact(FactKind.DECISION, "close", {"decision": "close"}),
    ]
    data = told(PLANNING, Commit(writes=writes), now=NOW)
    about = {"incident": "INC-1"}
    assert data == (
        ArtefactDecided.model_validate(
            {**about, "artefact": "notice-r1", "kind": "notice", "decision": "approved"}
        ),
        ArtefactDecided.model_validate(
            {**about, "artefact": "report-EU-GDPR-full", "kind": "report", "decision": "returned"}
        ),
        IncidentClosed.model_validate({**about, "state": "closed"}),
        ReportFiled.model_validate(
            {**about, "duty": "EU-GDPR:authority:full", "regime": "EU-GDPR", "phase": "full"}
        ),
    )


def test_only_a_clock_s_alarm_is_told_as_one() -> None:
    alarm = Commit(writes=[Fact(FactKind.ALARM, "clock:d:soon", {"text": "soon"})])
    due = ClockDue(duty="EU-GDPR:authority:early", stage="soon", due_at=NOW.isoformat())
    clock = Event(id="e-2", incident="INC-1", payload=due)
    (data,) = told(clock, alarm, now=NOW)
    assert isinstance(data, ClockAlarmed)
    assert (data.duty, data.stage, data.due_at) == ("EU-GDPR:authority:early", "soon", NOW)
    assert told(PLANNING, alarm, now=NOW) == ()


def test_a_round_that_moves_is_told_with_its_equation() -> None:
    moves = [
        Transition("round", "INC-1/r1", "sending"),
        Transition("round", "INC-1/r1", "frozen"),
        Transition("incident", "INC-1", "open"),
    ]
    (moved,) = rounds_moved(Commit(writes=moves))
    data = progressed("INC-1", moved, Coverage(in_scope=3, open=1, reached=2))
    assert (data.state, data.in_scope, data.open, data.reached) == ("sending", 3, 1, 2)


def test_a_frozen_round_is_told_and_its_people_are_not() -> None:
    frozen = told(PLANNING, Commit(writes=opening("INC-1", [("self",)])), now=NOW)
    assert [type(d) for d in frozen] == [IncidentOpened, RoundFrozen]
    assert "0000" not in "".join(d.model_dump_json() for d in frozen)

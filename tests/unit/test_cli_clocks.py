"""`tocsin clocks` as somebody reads it at three in the morning."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from tocsin.cli.clocks import document, exit_code, parts
from tocsin.ledger.heartbeats import WorkerSeen
from tocsin.runtimes.reviews import Review
from tocsin.runtimes.watched_clocks import Clocks, RunningClock
from tocsin.schemas.duty import Addressee, ClockState, Duty, Phase
from tocsin.schemas.views import IncidentView

from fakes.ledgers import NOW

BERLIN = ZoneInfo("Europe/Berlin")
CASE = IncidentView("INC-7K2QX", "Stolen data", "example", False, "open", "rosa", 1, NOW)
DRILL = replace(CASE, id="INC-DR1LL", drill=True)
AT_WORK = WorkerSeen("host:1", 2.0, ended=False)


def clock(hours: float | None, state: ClockState | None, **fields: Any) -> RunningClock:
    case, reason = fields.pop("case", CASE), fields.pop("reason", "")
    left = None if hours is None else timedelta(hours=hours)
    given: dict[str, Any] = {
        "id": "EU-GDPR:authority:early",
        "regime": "EU-GDPR",
        "addressee": Addressee.AUTHORITY,
        "phase": Phase.EARLY,
        "required": True,
        "reason": "",
        "cite": "GDPR Art. 33(1)",
        "to": "the authority of Berlin",
        "due_nature": "law",
        "starts_at": NOW,
        "due_at": None if left is None else NOW + left,
    }
    return RunningClock(case, Duty.model_validate(given | fields), state, left, reason)


def clocks(*running: RunningClock, workers: tuple[WorkerSeen, ...] = (AT_WORK,)) -> Clocks:
    return Clocks(NOW, running, (), workers)


def said(now: Clocks) -> str:
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        for part in parts(now, BERLIN):
            console.print(part)
    return capture.get()


RUNNING = clock(30, ClockState.RUNNING)
NEAR = clock(5, ClockState.DUE_SOON)
LATE = clock(-2, ClockState.LATE)


@pytest.mark.parametrize(
    ("now", "drills", "code"),
    [
        (clocks(), True, 0),
        (clocks(workers=()), True, 0),
        (clocks(RUNNING), True, 0),
        (clocks(RUNNING, NEAR), True, 1),
        (clocks(NEAR, LATE), True, 2),
        (clocks(RUNNING, workers=()), True, 2),
        (clocks(RUNNING, workers=(WorkerSeen("x", 21.0, ended=False),)), True, 2),
        (clocks(RUNNING, workers=(WorkerSeen("x", 1.0, ended=True),)), True, 2),
        (clocks(RUNNING, workers=(WorkerSeen("x", 1.0, ended=True), AT_WORK)), True, 0),
        (clocks(clock(-2, ClockState.LATE, case=DRILL)), True, 2),
        (clocks(clock(-2, ClockState.LATE, case=DRILL)), False, 0),
        (clocks(clock(30, ClockState.RUNNING, case=DRILL), workers=()), False, 0),
        (replace(clocks(workers=()), unjudged=(CASE,)), True, 2),
    ],
)
def test_the_exit_code_says_whether_somebody_must_get_up(
    now: Clocks, *, drills: bool, code: int
) -> None:
    assert exit_code(now, drills=drills) == code


def test_what_is_late_and_unexplained_stands_first_with_what_to_do() -> None:
    first, *_ = said(clocks(LATE, RUNNING)).splitlines()
    assert first.startswith("late: INC-7K2QX EU-GDPR:authority:early. Do it now, and say why: ")
    assert "`tocsin incident late INC-7K2QX EU-GDPR:authority:early --reason ...`" in first
    explained = said(clocks(replace(LATE, reason="the registry was closed")))
    assert "Do it now" not in explained
    assert "why it is late: the registry was closed" in explained


def test_a_clock_is_told_with_both_times_and_with_what_set_it() -> None:
    text = said(clocks(RUNNING))
    assert "running  in 1 d 6 h  Wed 2026-11-25 16:30 CET = Wed 2026-11-25 15:30 UTC" in text
    assert "INC-7K2QX EU-GDPR:authority:early, set by the law" in text
    assert "to the authority of Berlin" in text
    assert "late  late by 2 h 00 min" in said(clocks(LATE))


def test_what_nobody_decided_is_shown_above_what_is_owed() -> None:
    undecided = clock(60, ClockState.RUNNING, required=None, missing=["facts.persons"])
    text = said(clocks(undecided, RUNNING))
    heading, owed = text.index("Nobody knows yet whether these are owed"), text.index("Owed")
    assert heading < text.index("decided by: facts.persons") < owed


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"starts_at": None, "missing": ["facts.ended"]}, "starts once known: facts.ended"),
        ({"starts_at": None}, "starts when the first notice leaves"),
        ({"missing": ["targets.authority"]}, "no target is set: targets.authority"),
    ],
)
def test_a_duty_without_a_time_says_why_it_has_none(fields: dict[str, Any], why: str) -> None:
    text = said(clocks(clock(None, None, **fields)))
    assert "No time runs yet" in text
    assert why in text


def test_a_stopped_worker_is_told_with_the_time_at_which_it_was_last_seen() -> None:
    gone = WorkerSeen("host:1", 3600.0, ended=False)
    text = said(clocks(RUNNING, workers=(gone,)))
    assert text.startswith("problem: no worker has run since Tue 2026-11-24 08:30 UTC.")
    assert said(clocks(workers=())) == "note: no worker has ever run.\nNo clock runs.\n"


def test_machines_read_the_same() -> None:
    made = document(clocks(LATE, workers=()), 2, BERLIN)
    assert (made["exit_code"], made["worker_alive"], made["worker_last_seen"]) == (2, False, None)
    (only,) = made["clocks"]
    assert (only["left_s"], only["state"], only["owed"]) == (-7200, "late", "owed")


def test_a_decision_to_be_looked_at_again_is_named_and_wakes_nobody() -> None:
    review = Review(CASE, "decision-EU-GDPR-individuals", date(2026, 11, 20), "No high risk.")
    now = replace(clocks(), reviews=(review,))
    text = said(now)
    assert "since 2026-11-20: INC-7K2QX decision-EU-GDPR-individuals" in text
    assert "`tocsin incident review INC-7K2QX decision-EU-GDPR-individuals --reason ...`" in text
    assert exit_code(now, drills=True) == 0
    (only,) = document(now, 0, BERLIN)["reviews_over"]
    assert (only["decision"], only["review_on"]) == (review.decision, review.on)
    assert document(clocks(), 0, BERLIN)["reviews_over"] == []

"""`tocsin clocks`: what is due, when, and whether anybody watches."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import RenderableType
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.watched_clocks import Clocks, RunningClock, watched_clocks
from tocsin.schemas.duty import ClockState, DueNature

NEAR, LATE = 1, 2
_MINUTE = timedelta(minutes=1)
_SET_BY = {
    DueNature.LAW: "the law",
    DueNature.GUIDANCE: "guidance",
    DueNature.POLICY: "our own target",
}


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "clocks")(clocks)


async def clocks(asked: Asked) -> None:
    """Show every running clock, soonest first. Exit 1: one is near; 2: late, or nobody watches.

    Drills count as far as their alarms reach people (`alarm_drills`).
    """
    settings = asked.settings()
    async with asked.opened() as runtime:
        now = await watched_clocks(runtime)
    drills = settings.policy.alarm_drills
    code = exit_code(now, drills=drills)
    zone = ZoneInfo(settings.policy.home_zone)
    show(document(now, code, zone), *parts(now, zone), as_json=asked.as_json)
    if code:
        raise typer.Exit(code)


def exit_code(now: Clocks, *, drills: bool) -> int:
    """Return 0 when no clock is near, 1 when one is, 2 when one is late or none is watched."""
    if now.unwatched(drills=drills) or now.are(ClockState.LATE, drills=drills):
        return LATE
    return NEAR if now.are(ClockState.DUE_SOON, drills=drills) else 0


def document(now: Clocks, code: int, zone: ZoneInfo) -> dict[str, Any]:
    """Return the clocks as they are printed with --json."""
    return {
        "now": now.now,
        "exit_code": code,
        "worker_alive": now.alive,
        "worker_last_seen": now.last_seen,
        "workers": now.workers,
        "not_judged": [view.id for view in now.unjudged],
        "clocks": [
            {
                "incident": clock.incident.id,
                "title": clock.incident.title,
                "drill": clock.incident.drill,
                "duty": clock.duty.id,
                "to": clock.duty.to or clock.duty.addressee.value,
                "owed": "undecided" if clock.undecided else "owed",
                "missing": clock.duty.missing,
                "starts_at": clock.duty.starts_at,
                "due_at": clock.duty.due_at,
                "due_local": clock.duty.due_at and clock.duty.due_at.astimezone(zone),
                "left_s": None if clock.left is None else int(clock.left.total_seconds()),
                "set_by": clock.duty.due_nature,
                "source": clock.duty.due_source,
                "estimated_at": clock.duty.estimated_at,
                "held_until": clock.duty.held_until,
                "held_by": clock.duty.held_by,
                "unverified": clock.duty.unverified,
                "state": clock.state,
                "late_reason": clock.reason,
            }
            for clock in now.running
        ],
        "reviews_over": [
            {
                "incident": review.incident.id,
                "title": review.incident.title,
                "drill": review.incident.drill,
                "decision": review.decision,
                "review_on": review.on,
                "reason": review.reason,
            }
            for review in now.reviews
        ],
    }


def parts(now: Clocks, zone: ZoneInfo) -> list[RenderableType]:
    """Return the same as text: what is wrong first, in sentences."""
    made: list[RenderableType] = [*_who_watches(now), *_what_presses(now)]
    made += [
        line("undecided", f": {view.id} is not judged yet, so nothing is known of its clocks.")
        for view in now.unjudged
    ]
    timed = [clock for clock in now.running if clock.duty.due_at is not None]
    undecided = [clock for clock in timed if clock.undecided]
    if undecided:
        made.append(heading("Nobody knows yet whether these are owed. Until then they are"))
        made += _blocks(undecided, zone)
    owed = [clock for clock in timed if not clock.undecided]
    if owed:
        made += [heading("Owed"), *_blocks(owed, zone)]
    without = [clock for clock in now.running if clock.duty.due_at is None]
    if without:
        made.append(heading("No time runs yet"))
        made += [
            line(f"  {_whose(clock)}, to {_to(clock)}: {_why_no_time(clock)}") for clock in without
        ]
    if not now.running and not now.unjudged:
        made.append(line("No clock runs."))
    return [*made, *_reviews(now)]


def _reviews(now: Clocks) -> list[RenderableType]:
    """Name what was decided not to be told, and is to be looked at again: no clock of the law."""
    if not now.reviews:
        return []
    made: list[RenderableType] = [
        heading("Decided not to notify; to be looked at again"),
    ]
    for review in now.reviews:
        drill = " (drill)" if review.incident.drill else ""
        name = f"{review.incident.id}{drill} {review.decision}"
        again = f"`tocsin incident review {review.incident.id} {review.decision} --reason ...`"
        made += [
            line("  ", "note", f"  since {review.on}: {name}"),
            line(f"      {review.reason}"),
            line(f"      if it stays: {again}"),
        ]
    return made


def _who_watches(now: Clocks) -> list[RenderableType]:
    if now.alive:
        return []
    since = "ever run" if now.last_seen is None else f"run since {_stamp(now.last_seen)}"
    said = f": no worker has {since}."
    if not (now.running or now.unjudged):
        return [line("note", said)]
    return [line("problem", f"{said} Clocks run, and nobody watches them: start `tocsin run`")]


def _what_presses(now: Clocks) -> list[RenderableType]:
    """Say in a sentence each what is late and has no reason, and what comes next."""
    made: list[RenderableType] = []
    for clock in now.running:
        if clock.state is ClockState.LATE and not clock.reason:
            why = f"`tocsin incident late {clock.incident.id} {clock.duty.id} --reason ...`"
            made.append(line("late", f": {_whose(clock)}. Do it now, and say why: {why}"))
    coming = [
        clock for clock in now.running if clock.left is not None and clock.left > timedelta(0)
    ]
    if coming:
        soonest = min(coming, key=lambda clock: clock.left or timedelta.max)
        grade = "due_soon" if soonest.state is ClockState.DUE_SOON else "next"
        made.append(line(grade, f": {_whose(soonest)}, {_left(soonest)}"))
    return made


def _blocks(clocks: Sequence[RunningClock], zone: ZoneInfo) -> list[RenderableType]:
    """Return a few lines for each clock: when, what, to whom, and what is still open."""
    made: list[RenderableType] = []
    for clock in clocks:
        duty = clock.duty
        assert duty.due_at is not None  # noqa: S101  # they have a time
        state = clock.state.value if clock.state else ""
        set_by = f", set by {_SET_BY[duty.due_nature]}" if duty.due_nature else ""
        when = f"{_stamp(duty.due_at, zone)} = {_stamp(duty.due_at)}"
        made += [
            line("  ", state, f"  {_left(clock)}  {when}"),
            line(f"      {_whose(clock)}{set_by}"),
        ]
        made.append(line(f"      to {_to(clock)}"))
        if duty.held_until is not None:
            made.append(line(f"      held until {_stamp(duty.held_until)}: {duty.held_by}"))
        if duty.unverified:
            made.append(line(f"      unverified rule: {duty.unverified}"))
        if clock.undecided and duty.missing:
            made.append(line(f"      it would be decided by: {', '.join(duty.missing)}"))
        if clock.reason:
            made.append(line(f"      why it is late: {clock.reason}"))
    return made


def _whose(clock: RunningClock) -> str:
    drill = " (drill)" if clock.incident.drill else ""
    return f"{clock.incident.id}{drill} {clock.duty.id}"


def _to(clock: RunningClock) -> str:
    return clock.duty.to or clock.duty.addressee.value


def _why_no_time(clock: RunningClock) -> str:
    missing = ", ".join(clock.duty.missing)
    if clock.duty.estimated_at is not None:
        return f"starts with another filing; expected by {_stamp(clock.duty.estimated_at)}"
    if clock.duty.starts_at is not None:
        return f"the law gives no number and no target is set: {missing}"
    return f"starts once known: {missing}" if missing else "starts when the first notice leaves"


def _left(clock: RunningClock) -> str:
    assert clock.left is not None  # noqa: S101  # it has a time
    late = clock.left < timedelta(0)
    minutes = abs(clock.left) // _MINUTE
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    said = f"{days} d {hours} h" if days else f"{hours} h {minutes:02} min"
    return f"late by {said}" if late else f"in {said}"


def _stamp(at: datetime, zone: tzinfo = UTC) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"

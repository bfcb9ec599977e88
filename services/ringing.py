"""Ringing: an alarm reaches a duty officer by every means, or the next one too.

At least once, and seldom twice: before a means is tried it is on record that it will be, and what
it came to is on record before the next. A worker killed between the two leaves one means in doubt;
it is tried again under the same name, by which the other side, or a look there, knows it.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tocsin.rules.alarms import (
    GROUP_FOR,
    MOST_ATTEMPTS,
    gravity_of,
    group_of,
    named_for,
    pause_after,
)
from tocsin.schemas.alarm import Call, Means, Officer, Rung
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.event import AlarmDue, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.outcome import Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import AlarmView

_LOG = "log"
_GROUPED = "with another"


class Alarms(Protocol):
    """The alarms that stand in the ledger."""

    async def alarm(self, incident_id: str, name: str, link: int) -> AlarmView:
        """Return the alarm of a name in a link of the chain."""
        ...

    async def was_rung(self, incident_id: str, group: str, since: datetime) -> bool:
        """Whether somebody was reached for an alarm whose name begins so, since a time."""
        ...

    async def is_drill(self, incident_id: str) -> bool:
        """Whether an incident is a drill; False for what belongs to none."""
        ...


class Bells(Protocol):
    """Reaches duty officers."""

    def say(self, call: Call) -> None:
        """Put an alarm where a monitor looks, whoever else is reached."""
        ...

    async def ring(self, officer: str, means: Means, call: Call, *, again: bool) -> Rung:
        """Ring an officer by one means; must not raise, and must come to an end.

        `again`: it may have been rung before, without anybody knowing.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Place:
    """How far one event of ringing is: means that are done, one under way, somebody reached."""

    done: int = 0
    under_way: bool = False
    reached: bool = False

    @classmethod
    def read(cls, checkpoint: str | None) -> "_Place":
        if checkpoint is None:
            return cls()
        done, under_way, reached = checkpoint.split("/")
        return cls(int(done), under_way == "1", reached == "1")

    def __str__(self) -> str:
        return f"{self.done}/{int(self.under_way)}/{int(self.reached)}"


async def ring(
    event: Event,
    checkpoint: str | None,
    *,
    alarms: Alarms,
    officers: Sequence[Officer],
    bells: Bells,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Ring the officer whose turn it is; one who cannot be reached is tried again, and the next."""
    due = event.payload
    assert isinstance(due, AlarmDue)  # noqa: S101  # narrows the payload
    call = await _call(event, due, alarms)
    place = _Place.read(checkpoint)
    if checkpoint is None and not due.officer:
        bells.say(call)
    named = named_for(call.gravity, officers)
    if call.drill and not policy.alarm_drills:
        yield Commit(done=True)
        return
    if not named:
        # Nobody is named for it: the log alone says so, and that stands on record.
        yield Commit(writes=[_record(due, "", _LOG, Rung(Result.ACCEPTED))], done=True)
        return
    if checkpoint is None and not due.officer:
        group = group_of(due.alarm)
        if group and await alarms.was_rung(event.incident, group, now - GROUP_FOR):
            # Somebody was just called to look at these: a thousand calls more help nobody.
            yield Commit(writes=[_record(due, "", _GROUPED, Rung(Result.COVERED))], done=True)
            return
    turn = next((i for i, o in enumerate(named) if o.name == due.officer), None)
    if turn is None and due.officer:
        yield Commit(done=True)  # no longer named in the configuration; those who are were rung
        return
    officer, followers = named[turn or 0], named[(turn or 0) + 1 :]
    for means in officer.means[place.done :]:
        again = place.under_way or due.attempt > 0
        yield Commit(checkpoint=str(_Place(place.done, under_way=True, reached=place.reached)))
        rung = await bells.ring(officer.name, means, call, again=again)
        reached = place.reached or rung.result is Result.ACCEPTED
        place = _Place(place.done + 1, under_way=False, reached=reached)
        yield Commit(writes=[_record(due, officer.name, means.value, rung)], checkpoint=str(place))
    after = () if place.reached else _after(event, due, officer, followers, now=now)
    yield Commit(events=after, done=True)


async def _call(event: Event, due: AlarmDue, alarms: Alarms) -> Call:
    view = await alarms.alarm(event.incident, due.alarm, due.link)
    drill = await alarms.is_drill(event.incident)
    text = view.text if event.incident in view.text else f"{event.incident}: {view.text}"
    if drill and not text.startswith("[EXERCISE]"):
        text = f"[EXERCISE] {text}"
    return Call(
        incident=event.incident,
        alarm=due.alarm,
        link=due.link,
        gravity=gravity_of(due.alarm),
        text=text,
        at=view.at,
        drill=drill,
    )


def _record(due: AlarmDue, officer: str, means: str, rung: Rung) -> Fact:
    body = {
        "alarm": due.alarm,
        "link": due.link,
        "officer": officer,
        "means": means,
        "attempt": due.attempt,
        "result": rung.result.value,
        "reason": rung.reason.value,
        "field": rung.field,
    }
    return Fact(FactKind.RING, f"{due.alarm}#{due.link}:{officer}:{means}", body)


def _after(
    event: Event, due: AlarmDue, officer: Officer, followers: Sequence[Officer], *, now: datetime
) -> tuple[Event, ...]:
    """Return what follows when an officer was not reached: another attempt, and the next one."""
    found = []
    if due.attempt + 1 < MOST_ATTEMPTS:
        again = due.model_copy(update={"officer": officer.name, "attempt": due.attempt + 1})
        found.append(_turn(event, again, due=now + pause_after(due.attempt)))
    if followers and due.attempt == 0:
        found.append(_turn(event, due.model_copy(update={"officer": followers[0].name})))
    return tuple(found)


def _turn(event: Event, payload: AlarmDue, *, due: datetime | None = None) -> Event:
    return Event(
        id=child_id(event.id, "alarm.due", f"{payload.officer}/{payload.attempt}"),
        incident=event.incident,
        payload=payload,
        due=due,
        weight=0,
    )

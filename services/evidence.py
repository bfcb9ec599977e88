"""Evidence: what comes back about notices is kept once, and moves on whoever it says was not told.

Never backwards: accepted, delivered, confirmed. What failed goes on to the next rung, unless it is
heard that it arrived after all.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from tocsin.rules.governor import HARD
from tocsin.rules.lanes import channel_of
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Evidence, EvidenceRow, Fact, FactKind, Write
from tocsin.schemas.event import EscalationDue, Event, EvidenceHeard
from tocsin.schemas.evidence import HandedOver, Heard
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.governing import Lanes, hold_if_overstrained

_LOOKS = 14
"""How often it is looked for a hand-over; the waits between grow to an hour: about a day in all."""
_LONGEST_WAIT_S = 3600.0


class Returned(Protocol):
    """What evidence is weighed against."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def ladder(self, round_id: str) -> Sequence[Channel]:
        """Return the ladder of a round: a rung is a place in it."""
        ...

    async def handed_over(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> Mapping[tuple[int, int], HandedOver]:
        """Return what is on record of obligations of a lane, by (seq, rung)."""
        ...

    async def covered(
        self, round_id: str, covering: Sequence[str]
    ) -> Sequence[tuple[str, int, int, str]]:
        """Return (lane, seq, rung, `lane/seq` of the notice) of those whom some notices cover."""
        ...


class Said(NamedTuple):
    """One thing that was heard of one notice, as an event carries it."""

    lane: str
    seq: int
    rung: int
    heard: Heard
    reason: Reason
    source: str


async def take_in(
    event: Event,
    checkpoint: str | None,
    *,
    returned: Returned,
    lanes: Lanes,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Put on record what was heard; who was not reached goes on to the next rung.

    A lane of which too much comes back is held.

    What is heard of a notice before its hand-over is on record waits for that: a bounce can be
    faster than the flush. Once a round is closed nobody can be followed any more, and whoever it is
    about cannot be named: an alarm says how many.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, EvidenceHeard)  # noqa: S101  # narrows the payload
    said = [Said(*each) for each in dict.fromkeys(due.heard)]
    view = await returned.round(due.round)
    if view.state == "closed":
        late = [each for each in said if each.heard is Heard.FAILED]
        said = [each for each in said if each.heard is not Heard.FAILED]
        if late:
            yield Commit(writes=[_too_late(due.round, event.id, len(late))])
    ladder = await returned.ladder(due.round)
    rows, early = await _weighed(due.round, said, returned)
    if rows:
        held = await _held(due.round, rows, lanes=lanes, policy=policy)
        yield _commit(event, due.round, rows, ladder, part="own", held=held)
    covering = sorted({f"{each.lane}/{each.seq}" for each in said if each not in early})
    shared = await shared_evidence(event, due.round, covering, returned=returned)
    if shared is not None:
        yield shared
    events = []
    if early and due.look < _LOOKS:
        again = due.model_copy(update={"heard": tuple(map(tuple, early)), "look": due.look + 1})
        events.append(
            Event(
                id=child_id(event.id, "evidence.heard", again.look),
                incident=event.incident,
                round=due.round,
                payload=again,
                due=now + timedelta(seconds=min(2.0**due.look, _LONGEST_WAIT_S)),
            )
        )
    yield Commit(events=events, done=True)


async def shared_evidence(
    event: Event, round_id: str, covering: Sequence[str], *, returned: Returned
) -> Commit | None:
    """Return the Commit that takes over what was heard of notices for those whom they cover.

    Who shares a mailbox is told by what arrives in it, and is not when it bounced. That somebody
    acted shows of the others no more than that it arrived. Only the notice that covers them counts:
    on later rungs each is told by one of their own.
    """
    covered = await returned.covered(round_id, covering)
    if not covered:
        return None
    heard: dict[tuple[str, int], dict[Heard, Reason]] = {}
    for lane, seqs in _by_lane(by for *_, by in covered).items():
        on_record = await returned.handed_over(round_id, lane, seqs)
        for (seq, rung), told in on_record.items():
            for what in told.heard if told.accepted else ():
                surely = Heard.DELIVERED if what is Heard.CONFIRMED else what
                why = told.why if what is Heard.FAILED else Reason.NONE
                heard.setdefault((f"{lane}/{seq}", rung), {})[surely] = why
    said = [
        Said(lane, seq, rung, what, why, f"notice {by}")
        for lane, seq, rung, by in covered
        for what, why in heard.get((by, rung), {}).items()
    ]
    rows, _ = await _weighed(round_id, said, returned)
    if not rows:
        return None
    return _commit(event, round_id, rows, await returned.ladder(round_id), part="shared")


async def _held(
    round_id: str, rows: Sequence[EvidenceRow], *, lanes: Lanes, policy: Policy
) -> list[Write]:
    """Return the writes that hold the lanes of which too much came back."""
    hard = [r for r in rows if r.heard == Heard.FAILED.value and r.reason in HARD]
    writes: list[Write] = []
    for (lane, rung), count in sorted(Counter((r.lane, r.rung) for r in hard).items()):
        writes += await hold_if_overstrained(
            round_id, lane, rung, lanes=lanes, policy=policy, more_hard=count
        )
    return writes


def _by_lane(places: Iterable[str]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place in dict.fromkeys(places):
        lane, seq = place.rsplit("/", 1)
        found[lane].append(int(seq))
    return found


async def _weighed(
    round_id: str, said: Sequence[Said], returned: Returned
) -> tuple[list[EvidenceRow], list[Said]]:
    """Return what is new of it, and what was said too early: before its hand-over stands."""
    lanes: defaultdict[str, list[Said]] = defaultdict(list)
    for each in said:
        lanes[each.lane].append(each)
    rows: list[EvidenceRow] = []
    early: list[Said] = []
    for lane, of_lane in lanes.items():
        on_record = await returned.handed_over(round_id, lane, [each.seq for each in of_lane])
        known = {
            (seq, rung, what) for (seq, rung), told in on_record.items() for what in told.heard
        }
        for each in of_lane:
            told = on_record.get((each.seq, each.rung))
            if told is None or not (told.accepted or told.is_over):
                early.append(each)
            elif not told.accepted:
                continue  # it was never taken over here, and the obligation went on already
            elif each.reason is Reason.NO_RECEIPT and told.heard:
                continue  # something was heard while it was looked who is silent
            elif (each.seq, each.rung, each.heard) not in known:
                known.add((each.seq, each.rung, each.heard))
                rows.append(
                    EvidenceRow(
                        lane,
                        each.seq,
                        each.rung,
                        each.heard.value,
                        each.reason.value,
                        each.source,
                        told.person,
                    )
                )
    return rows, early


def _commit(
    event: Event,
    round_id: str,
    rows: list[EvidenceRow],
    ladder: Sequence[Channel],
    *,
    part: str,
    held: Sequence[Write] = (),
) -> Commit:
    """Return the Commit that keeps evidence and sends on, with it, those who were not reached."""
    onward: defaultdict[tuple[str, int], list[tuple[int, Result, Reason]]] = defaultdict(list)
    for row in rows:
        if row.heard == Heard.FAILED.value:
            reason = Reason(row.reason)
            onward[row.lane, row.rung].append((row.seq, Result.REFUSED, reason))
    events = [
        Event(
            id=child_id(event.id, "escalation.due", f"{part}/{lane}/{rung}"),
            incident=event.incident,
            round=round_id,
            payload=EscalationDue(
                round=round_id,
                rung=rung,
                lane=lane,
                attempt=0,
                channel=ladder[rung] if rung < len(ladder) else channel_of(lane),
                left=tuple(left),
            ),
        )
        for (lane, rung), left in sorted(onward.items())
    ]
    return Commit(writes=[Evidence(round_id, rows), *held], events=events)


def _too_late(round_id: str, event_id: str, notices: int) -> Fact:
    text = (
        f"{round_id}: {notices:,} notices came back after the round was closed; whom they were for "
        "is known no more. Tell those people again in a new round, or decide that it is not owed"
    )
    return Fact(FactKind.ALARM, f"late:{round_id}:{event_id}", {"text": text}, round_id)

"""Outcomes as rows of the ledger: what an attempt of a batch came to."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tocsin.schemas.commit import OutcomeRow
from tocsin.schemas.event import BatchDue
from tocsin.schemas.outcome import (
    Accepted,
    Deferred,
    InDoubt,
    Level,
    Reason,
    Refused,
    Result,
    SendOutcome,
)


class Sent(Protocol):
    """What became of one message."""

    @property
    def lane(self) -> str:
        """The message's lane."""
        ...

    @property
    def seq(self) -> int:
        """The message's seq."""
        ...

    @property
    def outcome(self) -> SendOutcome:
        """Accepted, deferred, refused or in doubt."""
        ...


def outcome_row(
    batch: BatchDue, seq: int, person: int, *, result: Result, reason: Reason, ref: str = ""
) -> OutcomeRow:
    """Return the fact of one attempt."""
    level = Level.ACCEPTED if result is Result.ACCEPTED else Level.NONE
    return OutcomeRow(
        lane=batch.lane,
        seq=seq,
        rung=batch.rung,
        attempt=batch.attempt,
        channel=batch.channel.value,
        result=result.value,
        level=level.value,
        reason=reason.value,
        ref=ref,
        person=person,
    )


def translated(outcome: SendOutcome) -> tuple[Result, Reason, str]:
    """Return an outcome as result, reason and provider's reference."""
    match outcome:
        case Accepted(ref):
            return Result.ACCEPTED, Reason.NONE, ref
        case Deferred(reason):
            return Result.DEFERRED, reason, ""
        case Refused(reason):
            return Result.REFUSED, reason, ""
        case InDoubt(reason):
            return Result.IN_DOUBT, reason, ""


def outcome_rows(
    batch: BatchDue,
    flush: Sequence[Sent],
    person_of: Mapping[int, int],
    moved: Collection[int],
) -> list[OutcomeRow]:
    """Return the facts of a flush; `moved` are those whose address is another than was frozen."""
    lane, rung, attempt = batch.lane, batch.rung, batch.attempt
    channel, accepted = batch.channel.value, Result.ACCEPTED.value
    rows = []
    for sent in flush:
        seq, outcome = sent.seq, sent.outcome
        if type(outcome) is Accepted:  # nearly all: the same row as below, without the detours
            why = Reason.ADDRESS_CHANGED.value if seq in moved else ""
            what = (lane, seq, rung, attempt, channel, accepted, accepted, why)
            rows.append(OutcomeRow(*what, outcome.provider_ref, person_of[seq]))
        else:
            result, reason, ref = translated(outcome)
            rows.append(
                outcome_row(batch, seq, person_of[seq], result=result, reason=reason, ref=ref)
            )
    return rows

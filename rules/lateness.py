"""Which duties were late, and which of them nobody has said why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.schemas.duty import Addressee, DueNature, Duty


@dataclass(frozen=True, slots=True)
class Lateness:
    """A duty that was missed: when it was due, and since when it is met, if it is."""

    duty: Duty
    due_at: datetime
    met_at: datetime | None


def late_duties(
    duties: Sequence[Duty],
    *,
    met: Mapping[str, datetime | None],
    alarmed: Mapping[str, Collection[str]],
    now: datetime,
) -> tuple[Lateness, ...]:
    """Return the duties that were missed, by the due time that they have now.

    `met` has every duty that is met, with its time where that is known. `alarmed` has the due times
    (ISO 8601) about which it was alarmed that they passed unmet: for a duty that is met since, and
    of which nobody knows when, that is the proof.
    """
    found = []
    for duty in duties:
        if duty.due_at is None or duty.required is False:
            continue
        met_at = met.get(duty.id)
        was_alarmed = duty.due_at.isoformat() in alarmed.get(duty.id, ())
        if duty.id not in met:
            late = now >= duty.due_at
        elif met_at is not None:
            late = met_at > duty.due_at
        else:
            late = was_alarmed
        if late or was_alarmed:
            found.append(Lateness(duty, duty.due_at, met_at))
    return tuple(found)


def late_for(duties: Sequence[Duty], now: datetime) -> frozenset[str]:
    """Return the regimes whose own term for telling individuals has passed."""
    return frozenset(
        duty.regime
        for duty in duties
        if duty.addressee is Addressee.INDIVIDUALS
        and duty.required is not False
        and duty.due_nature is DueNature.LAW
        and duty.due_at is not None
        and duty.due_at < now
    )

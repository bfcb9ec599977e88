"""What follows an attempt that was not accepted: again later, the next rung, or settled."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.regime import Regime

BASE_S = 60
CAP_S = 3600
_GROWTH = 4
_DOUBT_DIVISOR = 10
_LONGEST_WAIT_S = 24 * 3600

_REFUSALS = frozenset(
    {
        Reason.NO_CONTACT,
        Reason.MALFORMED_ADDRESS,
        Reason.NO_SUCH_MAILBOX,
        Reason.MAILBOX_BARRED,
        Reason.NOT_AGREED,
        Reason.NO_GUARDIAN,
        Reason.REFUSED_BY_POLICY,
        Reason.REFUSED_CONTENT,
        Reason.NO_LONGER_HELD,
        Reason.NONE_OF_THEIR_DATA,
        Reason.RETRIES_EXHAUSTED,
        Reason.SAME_ADDRESS,
        Reason.ANNOUNCED_INSTEAD,
    }
)
_DOUBTS = frozenset({Reason.CONNECTION_LOST, Reason.TIMED_OUT})


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again on the same rung after so many seconds."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Settle:
    """This rung is over for this obligation."""

    reason: Reason


Step = Retry | Settle


def next_step(
    result_reason: Reason,
    *,
    attempts: int,
    max_attempts: int,
    retry_after_s: float | None,
    result: Result | None = None,
    base_s: float = BASE_S,
    cap_s: float = CAP_S,
) -> Step:
    """Return what follows the `attempts`-th attempt (from 1), which was not accepted.

    Refused: settle with that reason. Deferred: wait `base_s`, four times as long after each
    attempt, at most `cap_s`; never less than the provider asked for, though at most a day. In
    doubt: nearly at once, after a tenth of that, since the person may lack the notice and the
    repeat is byte-identical; the short wait spares a relay that is just restarting. After
    `max_attempts`: settle as exhausted.

    `result` says which of the three it was; without it the reason does, where a full mailbox and
    a relay that refuses us are temporary.
    """
    if result is Result.REFUSED or (result is None and result_reason in _REFUSALS):
        return Settle(result_reason)
    if attempts >= max_attempts:
        return Settle(Reason.RETRIES_EXHAUSTED)
    in_doubt = result is Result.IN_DOUBT or (result is None and result_reason in _DOUBTS)
    first = base_s / _DOUBT_DIVISOR if in_doubt else base_s
    # An exponent beyond the cap's reach is cut off before it makes a number too large for a float.
    wait = min(first * _GROWTH ** min(max(attempts - 1, 0), 64), cap_s)
    if retry_after_s is not None and retry_after_s > wait:
        wait = min(retry_after_s, _LONGEST_WAIT_S)
    return Retry(float(wait))


_WITH_THE_PERSON = frozenset(
    {
        Reason.NO_LONGER_HELD,
        Reason.NONE_OF_THEIR_DATA,
        Reason.NO_GUARDIAN,
        Reason.NO_REPRESENTATIVE,
        Reason.NO_NEXT_OF_KIN,
        Reason.SAME_ADDRESS,
        Reason.ANNOUNCED_INSTEAD,
    }
)
"""Reasons that lie with the person and not with a channel: another one would not help."""


def permitted(ladder: Sequence[Channel], regimes: Iterable[Regime]) -> tuple[Channel, ...]:
    """Return the channels of a ladder, in its order, that every regime permits."""
    named = [frozenset(r.individuals.channels) for r in regimes if r.individuals.channels]
    return tuple(c for c in ladder if all(c in channels for channels in named))


def permitted_to(
    recipient: RecipientKind, channels: Sequence[Channel], regimes: Sequence[Regime]
) -> tuple[Channel, ...]:
    """Return the channels by which somebody may be told in a role.

    Some regimes name how the next of kin are told (45 CFR 164.404(d)(1)(ii): first-class mail).
    """
    if recipient is not RecipientKind.NEXT_OF_KIN:
        return tuple(channels)
    named = [set(r.next_of_kin.channels) for r in regimes if r.next_of_kin]
    return tuple(c for c in channels if all(c in each for each in named if each))


def by_agreement(regimes: Iterable[Regime]) -> frozenset[Channel]:
    """Return the channels that some regime permits for people alone who agreed to them."""
    return frozenset(c for regime in regimes for c in regime.individuals.by_agreement)


def rungs_left(
    ladder: Sequence[Channel],
    rung: int,
    *,
    allowed: Collection[Channel],
    barred: Collection[Channel],
    reason: Reason,
) -> tuple[int, ...]:
    """Return the rungs that are left for an obligation after `rung` failed for a reason.

    A rung is a place in the ladder. Nothing is left where the reason lies with the person.
    """
    if reason in _WITH_THE_PERSON:
        return ()
    later = enumerate(ladder[rung + 1 :], start=rung + 1)
    return tuple(place for place, c in later if c in allowed and c not in barred)

"""The last look at a batch before it leaves: who can be sent to now, and why the others cannot.

The directory and the suppression lists are read anew; what was frozen says whom, not where.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tocsin.rules.contacts import obstacle
from tocsin.schemas.audience import Addressee, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import OutcomeRow
from tocsin.schemas.event import BatchDue
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.person import Contacts
from tocsin.schemas.suppression import Suppressions
from tocsin.services.outcome_rows import outcome_row

_KINDS = {kind.value: kind for kind in RecipientKind}


class LastLook(NamedTuple):
    """What a last look at the people of a batch found."""

    sendable: list[tuple[Addressee, str]]
    """Each with where the channel leads to them."""
    not_sent: list[OutcomeRow]
    """The others, each with what it comes to."""


def look(
    batch: BatchDue,
    people: Sequence[Addressee],
    contacts: Mapping[str, Contacts],
    suppressions: Suppressions,
    plan: Mapping[str, Any],
) -> LastLook:
    """Settle those whom the directory no longer holds; refuse those whom the channel cannot reach.

    Each with its reason: the address is gone or no use, or the channel must not be used. Those of
    cohorts whose notices the announcement replaces are settled as announced: it is up by now.
    """
    found = LastLook([], [])
    replaced, asked = frozenset(plan["decision"]["replaced"]), plan["agreed_alone"]
    channel, barred = batch.channel, Reason.SUPPRESSED
    if channel is Channel.EMAIL:
        barred = Reason.MAILBOX_BARRED  # nothing else bars a channel but e-mail
    for each in people:
        held = contacts.get(each.key)
        detail: str | None = None
        result, reason = Result.REFUSED, Reason.NONE
        if each.cohort in replaced:
            result, reason = Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD
        elif held is None:
            result, reason = Result.EXCLUDED, Reason.NO_LONGER_HELD
        else:
            recipient = _KINDS[each.recipient]
            reach = held.of(recipient)
            detail = reach.on(channel)
            if suppressions and channel in suppressions.of(held.key_of(recipient, each.key), reach):
                reason = Reason.SUPPRESSED
            elif (
                asked and channel in asked.get(str(each.cohort), ()) and channel not in reach.agreed
            ):
                reason = Reason.NOT_AGREED
            elif each.barred and channel in each.barred.split():
                reason = barred
            else:
                reason = obstacle(channel, detail)
        if reason or detail is None:
            row = outcome_row(batch, each.seq, each.person, result=result, reason=reason)
            found.not_sent.append(row)
        else:
            found.sendable.append((each, detail))
    return found

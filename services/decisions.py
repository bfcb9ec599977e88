"""Decisions not to notify: which one covers a duty, how it stands, and when to look at it again."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.canonical import canonical, parse_instant, sha256_hex
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Addressee, Duty, Outside
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.event import CommandGiven
from tocsin.schemas.register import Decision, DecisionState
from tocsin.services.desk import on_record

_STATES: Mapping[ArtefactState, DecisionState] = {
    ArtefactState.APPROVED: DecisionState.APPROVED,
    ArtefactState.VOID: DecisionState.MISSING,
}


def decision_name(duty: Duty) -> str:
    """Return the name of the decision that a duty is not owed: `decision-EU-GDPR-individuals`."""
    return f"decision-{duty.id.replace(':', '-')}"


def decision_hash(duty: Duty) -> str:
    """Return what an approval of the decision binds to: the duty as it was judged."""
    return sha256_hex(canonical(duty.model_dump(mode="json")))


def is_decided(duty: Duty) -> bool:
    """Whether it takes somebody's yes, of its own, that a duty is not owed.

    Of a regime that is about something else one decision is enough; of one that protects nobody
    concerned there is nothing to decide.
    """
    if duty.outside is Outside.PEOPLE:
        return False
    if duty.outside is Outside.RULE:
        return duty.addressee is Addressee.INDIVIDUALS
    return duty.addressee in {Addressee.AUTHORITY, Addressee.INDIVIDUALS}


def decision_on(
    duty: Duty,
    artefacts: Mapping[str, Artefact],
    approvals: Mapping[str, Approval],
    reviews: Mapping[str, Mapping[str, Any]],
    *,
    review_days: int,
    zone: tzinfo,
) -> Decision:
    """Return how the decision stands that a duty is not owed."""
    if not is_decided(duty):
        return Decision(state=DecisionState.NOT_NEEDED)
    name = decision_name(duty)
    artefact, approval = artefacts.get(name), approvals.get(name)
    if artefact is None:
        return Decision(state=DecisionState.MISSING)
    state = _STATES.get(artefact.state, DecisionState.WAITING)
    if state is not DecisionState.APPROVED or approval is None:
        return Decision(state=state, artefact=name)
    if approval.binding.text_hash != decision_hash(duty):
        state = DecisionState.OUTDATED
    review = reviews.get(name, {})
    reviewed_at = parse_instant(review["at"]) if review else None
    if reviewed_at is not None and reviewed_at < approval.at:
        review, reviewed_at = {}, None
    return Decision(
        state=state,
        artefact=name,
        approved_by=approval.principal,
        approved_at=approval.at,
        reviewed_by=review.get("by", ""),
        reviewed_at=reviewed_at,
        review_reason=review.get("reason", ""),
        review_on=(reviewed_at or approval.at).astimezone(zone).date() + timedelta(review_days),
    )


def check_reviewable(artefact: Artefact) -> None:
    """Refuse what is no approved decision: only that can be left as it is."""
    if artefact.kind is not ArtefactKind.DECISION:
        message = f"{artefact.name} is no decision not to notify"
        raise InvalidInput(message, field="artefact", fix="`tocsin register` names them")
    if artefact.state is not ArtefactState.APPROVED:
        message = f"{artefact.name} is {artefact.state}, and only an approved decision is reviewed"
        raise Conflict(message, field="artefact", fix="approve it: `tocsin incident approve`")


def record_review(given: CommandGiven, artefact: Artefact, *, now: datetime) -> Commit:
    """Put on record that a decision was looked at again and stays; its review date moves on."""
    check_reviewable(artefact)
    body = {"artefact": artefact.name, "by": given.principal, "reason": given.reason, "at": now}
    return Commit(writes=[on_record(given), Fact(FactKind.REVIEW, artefact.name, body)], done=True)

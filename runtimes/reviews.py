"""Decisions not to notify that are to be looked at again by now."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from tocsin.ledger import reads
from tocsin.schemas.artefact import Approval
from tocsin.schemas.commit import FactKind
from tocsin.schemas.duty import Duty
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import IncidentView
from tocsin.services.decisions import decision_on


@dataclass(frozen=True, slots=True)
class Review:
    """A decision whose review is over, of an incident that is open or closed."""

    incident: IncidentView
    decision: str
    on: date
    reason: str
    """Why nothing is owed, as it was judged."""


def reviews_over(
    db: Connection, view: IncidentView, policy: Policy, *, now: datetime
) -> list[Review]:
    """Return the approved decisions of an incident whose review date has come.

    One that was judged anew since its approval is among them: nothing of it is told either.
    """
    approvals = {
        name: Approval.model_validate(body)
        for name, body in reads.facts(db, view.id, FactKind.APPROVAL).items()
    }
    if not approvals:
        return []
    zone = ZoneInfo(policy.home_zone)
    artefacts = {artefact.name: artefact for artefact in reads.artefacts(db, view.id)}
    reviews = reads.facts(db, view.id, FactKind.REVIEW)
    found = []
    for body in reads.facts(db, view.id, FactKind.DUTY).values():
        duty = Duty.model_validate(body["duty"])
        if duty.required is not False:
            continue
        decision = decision_on(
            duty, artefacts, approvals, reviews, review_days=policy.decision_review_days, zone=zone
        )
        due = decision.review_on
        if due is not None and due <= now.astimezone(zone).date():
            found.append(Review(view, decision.artefact, due, duty.reason))
    return found

"""What principals put on record of a report: why it is late, and what the authority gave back."""

import json
from datetime import datetime

from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import Event, ReportDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.report import Receipt
from tocsin.services.desk import Desk, given_in, on_record


async def explain_delay(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Keep why a report is late, and draft it anew with the reason while it is not approved."""
    del policy
    given = given_in(event)
    artefact = next(a for a in await desk.artefacts(event.incident) if a.name == given.target)
    if artefact.kind is not ArtefactKind.REPORT or artefact.state is ArtefactState.VOID:
        message = f"{artefact.name} is no report that could be late"
        raise Conflict(message, field="artefact", fix=f"`tocsin incident show {event.incident}`")
    stated = json.loads(given.body)
    due = ReportDue.model_validate(stated["again"])
    body = {"reason": given.reason, "by": given.principal, "at": now}
    writes = [on_record(given), Fact(FactKind.LATE_REASON, artefact.name, body)]
    if stated["due_at"]:  # the duty has its reason too: nobody is asked twice
        late = {**body, "duty": due.duty, "at": now.isoformat(), "due_at": stated["due_at"]}
        writes.append(Fact(FactKind.LATE, due.duty, late))
    again = Event(id=child_id(event.id, "report.due", 0), incident=event.incident, payload=due)
    return Commit(
        writes=writes,
        events=[] if artefact.state is ArtefactState.APPROVED else [again],
        done=True,
    )


async def record_receipt(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Keep what an authority gave back for a filing; a later one of the same report corrects it."""
    del desk, policy, now
    given = given_in(event)
    stated = json.loads(given.body)
    receipt = Receipt.model_validate({**stated, "by": given.principal})
    fact = Fact(FactKind.RECEIPT, given.target, receipt.model_dump(mode="python"))
    return Commit(writes=[on_record(given), fact], done=True)

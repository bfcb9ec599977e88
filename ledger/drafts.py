"""Drafts of incidents as they stand: what people ask of them, and what they decide."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update
from tocsin.ledger.chain import SYSTEM
from tocsin.ledger.reads import fact
from tocsin.ledger.tables import detection as t_detection
from tocsin.ledger.tables import draft as t_draft
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import DecideDraft, FactKind
from tocsin.schemas.detection import Detection, DraftState, DraftView, MergedDraft
from tocsin.schemas.errors import Conflict, NotFound


def merged_of(row: Row[Any]) -> MergedDraft:
    """Return the draft that a row holds."""
    body = json.loads(row.body)
    return MergedDraft.model_validate(body | {"id": row.id, "state": row.state})


def _view(row: Row[Any]) -> DraftView:
    return DraftView(
        draft=merged_of(row), opened_at=parse_instant(row.opened_at), incident=row.incident
    )


def _views(db: Connection, query: Select[Any]) -> tuple[DraftView, ...]:
    newest_first = query.order_by(t_draft.c.last_seen.desc(), t_draft.c.id)
    return tuple(map(_view, db.execute(newest_first)))


def drafts(
    db: Connection, *, states: Iterable[DraftState] = (DraftState.OPEN,)
) -> tuple[DraftView, ...]:
    """Return the drafts in some states, the one last seen first."""
    return _views(db, select(t_draft).where(t_draft.c.state.in_([s.value for s in states])))


def kept(db: Connection, *, limit: int) -> tuple[Detection, ...]:
    """Return detections that opened no draft, those taken in last first, each with its reason."""
    c = t_detection.c
    query = select(c.body).where(c.draft.is_(None)).order_by(c.taken_in.desc()).limit(limit)
    return tuple(Detection.model_validate_json(body) for body in db.execute(query).scalars())


def current_id(db: Connection, draft_id: str) -> str:
    """Return the id under which a draft goes on that was joined into another."""
    while (told := fact(db, SYSTEM, FactKind.DRAFT, draft_id)) and told["what"] == "joined":
        draft_id = told["into"]
    return draft_id


def draft(db: Connection, draft_id: str) -> DraftView:
    """Return one draft, also by an id that it had before."""
    row = db.execute(select(t_draft).where(t_draft.c.id == current_id(db, draft_id))).first()
    if row is None:
        message = f"there is no draft {draft_id}"
        raise NotFound(message, field="draft", fix="`tocsin draft list --all` shows them")
    return _view(row)


def detections_of(db: Connection, draft_id: str, *, limit: int) -> tuple[Detection, ...]:
    """Return the first detections of a draft, the earliest first."""
    number = select(t_draft.c.n).where(t_draft.c.id == current_id(db, draft_id)).scalar_subquery()
    d = t_detection.c
    query = select(d.body).where(d.draft == number)
    query = query.order_by(d.observed_at, d.detector, d.event_id).limit(limit)
    return tuple(Detection.model_validate_json(body) for body in db.execute(query).scalars())


def decide(db: Connection, decision: DecideDraft, *, incident: str) -> MergedDraft:
    """Put a draft into the state that a person decided on, once; the head is held.

    A draft that was joined meanwhile is raised under its new id: the incident that was described is
    part of it. Dismissed it is not: nobody may dismiss what they have not seen.
    """
    raised = decision.state is DraftState.RAISED
    view = draft(db, decision.draft)
    now_called = view.draft.id
    if now_called != decision.draft and not raised:
        message = f"{decision.draft} is part of {now_called} by now"
        raise Conflict(message, field="draft", fix=f"look at it: `tocsin draft show {now_called}`")
    c = t_draft.c
    done = db.execute(
        update(t_draft)
        .where(c.id == now_called, c.state == DraftState.OPEN.value)
        .values(state=decision.state.value, incident=incident if raised else "")
    )
    if not done.rowcount:
        message = f"{now_called} was {view.draft.state} before"
        raise Conflict(message, field="draft", fix=f"look at it: `tocsin draft show {now_called}`")
    return view.draft

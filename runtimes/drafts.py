"""Detections as they come in, and the drafts of incidents that people look at."""

from collections.abc import Iterable

from tocsin.detectors.from_detections import incident_of
from tocsin.detectors.incident_file import dump_incident
from tocsin.ledger import drafts as reads
from tocsin.rules.drafts import check_open
from tocsin.rules.merging import merge
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.intake import DraftedFile
from tocsin.schemas.detection import Detection, DraftState, DraftView, TakenIn
from tocsin.schemas.scope import Scope


async def take_in(runtime: Runtime, detections: Iterable[Detection]) -> TakenIn:
    """Keep detections and merge the new ones into drafts; repeats change nothing."""
    return await runtime.ledger.take_in(
        detections,
        merge=merge,
        window=runtime.settings.policy.merge_window,
        now=runtime.step.clock.now(),
    )


async def drafts(runtime: Runtime, *, decided: bool = False) -> tuple[DraftView, ...]:
    """Return the open drafts, or with `decided` all of them; the one last seen first."""
    states = tuple(DraftState) if decided else (DraftState.OPEN,)
    return await runtime.ledger.ask(reads.drafts, states=states)


async def grown_since_decided(runtime: Runtime) -> int:
    """Return how many drafts took in detections after a person had raised or dismissed them."""
    decided = (DraftState.RAISED, DraftState.DISMISSED)
    views = await runtime.ledger.ask(reads.drafts, states=decided)
    return sum(view.draft.since_decided > 0 for view in views)


async def kept(runtime: Runtime, *, limit: int) -> tuple[Detection, ...]:
    """Return the last detections that opened no draft, and why they did not."""
    return await runtime.ledger.ask(reads.kept, limit=limit)


async def draft(
    runtime: Runtime, draft_id: str, *, limit: int
) -> tuple[DraftView, tuple[Detection, ...]]:
    """Return a draft and the earliest of its detections; NotFound without it."""
    view = await runtime.ledger.ask(reads.draft, draft_id)
    held = await runtime.ledger.ask(reads.detections_of, view.draft.id, limit=limit)
    return view, held


async def draft_from_detections(
    runtime: Runtime, draft_id: str, *, organisation: str, scope: Scope
) -> DraftedFile:
    """Return the incident file made of an open draft, for a person to complete."""
    view = await runtime.ledger.ask(reads.draft, draft_id)
    check_open(view)
    incident, unknown = incident_of(view, organisation=organisation, scope=scope)
    source = f"made of detections: raise it with --draft {view.draft.id}"
    return DraftedFile(
        text=dump_incident(incident, notes=(source, *unknown)),
        title=incident.title,
        unknown=unknown,
        unmapped=(),
    )

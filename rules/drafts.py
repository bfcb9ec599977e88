"""Whether a draft of detections can still become an incident, or be dismissed."""

from tocsin.rules.lifecycle import may
from tocsin.schemas.detection import DraftView
from tocsin.schemas.errors import Conflict


def check_open(view: DraftView, *, action: str = "raise") -> None:
    """Raise Conflict, saying what became of it, when a person has decided on a draft already."""
    if may("draft", view.draft.state, action):
        return
    how = f"was raised as {view.incident}" if view.incident else "was dismissed"
    fix = f"leave it so; `tocsin draft show {view.draft.id}` tells what it holds"
    if view.incident:
        fix = f"go on with the incident: `tocsin incident show {view.incident}`"
    message = f"the draft {view.draft.id} {how}"
    raise Conflict(message, field="draft", fix=fix)

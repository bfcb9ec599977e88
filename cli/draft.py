"""`tocsin draft`: what detectors found, for a person to raise as an incident or to dismiss."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.drafts import draft as look
from tocsin.runtimes.drafts import drafts, grown_since_decided, kept
from tocsin.schemas.detection import Detection, DraftView

_ID = typer.Argument(metavar="DRAFT", help="Id of the draft.")


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "list")(list_drafts)
    verb(group, "show")(show_draft)
    verb(group, "kept")(list_kept)
    verb(group, "dismiss")(dismiss)


def _document(view: DraftView) -> dict[str, object]:
    merged = view.draft.model_dump(mode="json")
    incident = view.incident or None
    return merged | {"opened_at": view.opened_at, "incident": incident}


async def list_drafts(
    asked: Asked,
    *,
    every: Annotated[bool, typer.Option("--all", help="Raised and dismissed ones too.")] = False,
) -> None:
    """List drafts that wait for a person's decision."""
    async with asked.opened() as runtime:
        found = await drafts(runtime, decided=every)
        grown = await grown_since_decided(runtime)
    rows = [
        (
            view.draft.id,
            f"{view.draft.state} {view.incident}".strip(),
            view.draft.last_seen,
            view.draft.severity.name.lower(),
            view.draft.detections,
            view.draft.since_decided,
            view.draft.asset,
            view.draft.rule,
        )
        for view in found
    ]
    names = ["draft", "state", "last seen", "severity", "detections", "since", "asset", "rule"]
    told = "drafts took in detections after somebody had decided: `tocsin draft list --all`"
    show(
        {"drafts": [_document(view) for view in found], "grown_since_decided": grown},
        table(names, rows) if found else line("No draft waits for a decision."),
        *([line("note", f": {grown} {told}")] if grown and not every else []),
        as_json=asked.as_json,
    )


async def list_kept(
    asked: Asked,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, the last ones taken in.")] = 20,
) -> None:
    """List detections that opened no draft, and why."""
    async with asked.opened() as runtime:
        found = await kept(runtime, limit=limit)
    rows = [
        (d.observed_at, d.detector, d.severity.name.lower(), d.asset, d.rule, d.reason)
        for d in found
    ]
    names = ["observed", "detector", "severity", "asset", "rule", "why it opened no draft"]
    nothing = line("Every detection that is kept opened a draft.")
    show({"kept": found}, table(names, rows) if found else nothing, as_json=asked.as_json)


async def show_draft(
    asked: Asked,
    draft: Annotated[str, _ID],
    *,
    limit: Annotated[int, typer.Option(min=0, help="How many detections, the earliest.")] = 100,
) -> None:
    """Show a draft and the detections it is made of."""
    async with asked.opened() as runtime:
        view, held = await look(runtime, draft, limit=limit)
    found = view.draft
    what = [
        ("state", f"{found.state} {view.incident}".strip()),
        ("asset", found.asset),
        ("rule", found.rule),
        ("detectors", ", ".join(found.detectors)),
        ("severity", found.severity.name.lower()),
        ("kinds of data", ", ".join(found.kinds) or "none named"),
        ("first seen", found.first_seen),
        ("last seen", found.last_seen),
        ("taken in", view.opened_at),
        ("detections", f"{found.detections:,}"),
        ("since decided", f"{found.since_decided:,}"),
    ]
    left = found.detections - len(held)
    next_step = f"`tocsin incident draft {found.id} --from detections -o mine.yaml`"
    show(
        {"draft": _document(view), "detections": held},
        line(found.id),
        *(line(f"  {name}: {value}") for name, value in what),
        heading("Detections"),
        table(["observed", "detector", "event", "severity", "why"], map(_row, held)),
        *([line(f"and {left:,} more: --limit {found.detections}")] if left else []),
        *([] if found.decided else [line(f"Then: {next_step}, or `tocsin draft dismiss`")]),
        as_json=asked.as_json,
    )


def _row(each: Detection) -> tuple[object, ...]:
    severity = each.severity.name.lower()
    return each.observed_at, each.detector, each.event_id, severity, each.reason


async def dismiss(
    asked: Asked,
    draft: Annotated[str, _ID],
    *,
    reason: Annotated[str, typer.Option(help="Why it is no incident; kept with the decision.")],
) -> None:
    """Decide that a draft is no incident."""
    async with asked.opened() as runtime:
        await runtime.door.dismiss_draft(asked.token(), draft, reason)
    show(
        {"draft": draft, "state": "dismissed"},
        line(f"{draft} is dismissed. What still comes of it is counted, and opens nothing new."),
        as_json=asked.as_json,
    )

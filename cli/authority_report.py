"""`tocsin incident report`: reports to authorities from draft to receipt."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.reports import ReportStanding, one_report, packet, pdf_note, reports
from tocsin.schemas.errors import InvalidInput, Unavailable

_INCIDENT = typer.Argument(metavar="INCIDENT", help="Id of the incident.")
_ARTEFACT = typer.Argument(metavar="ARTEFACT", help="Name of the report.")
_PROOF_BYTES = 50 * 1024 * 1024


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    about = "Reports to authorities: read them, say why one is late, put receipts on record."
    own = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
    verb(own, "show")(show_reports)
    verb(own, "late")(late)
    verb(own, "receipt")(receipt)
    group.add_typer(own, name="report")


async def show_reports(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    artefact: Annotated[str | None, _ARTEFACT] = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the files of the report.")
    ] = None,
) -> None:
    """List reports, or show one: what it lacks, what changed, where it lies. Writes its files."""
    if artefact is None:
        if output is not None:
            message = "which report is to be written?"
            raise InvalidInput(message, field="--output", fix="name the report too")
        async with asked.opened() as runtime:
            known = await reports(runtime, incident)
        show(
            {"incident": incident, "reports": [_document(s) for s in known]},
            _listing(known) if known else line("None yet; a worker drafts them: `tocsin run`"),
            as_json=asked.as_json,
        )
        return
    async with asked.opened() as runtime:
        standing = await one_report(runtime, incident, artefact)
    written = _write(output, await packet(standing)) if output is not None else ()
    document = {**_document(standing), "packet": standing.report, "written": written}
    show(document, *_parts(standing, written), as_json=asked.as_json)


async def late(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    artefact: Annotated[str, _ARTEFACT],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; the authority reads it.")],
) -> None:
    """Say why a report is late. It is drafted anew with the reason, and somebody else approves."""
    async with asked.opened() as runtime:
        await runtime.door.explain_delay(asked.token(), incident, artefact, reason)
        standing = await one_report(runtime, incident, artefact)
    laid = standing.laid_at is not None
    then = "It waits for approval: " + f"`tocsin incident approve {incident} {artefact}`"
    if laid:
        then = "It was laid ready before: tell the authority yourself."
    show(
        {"incident": incident, "artefact": artefact, "late_reason": reason, "laid_ready": laid},
        line(f"The reason why {artefact} is late is on record and in the report."),
        line(then),
        as_json=asked.as_json,
    )


async def receipt(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    artefact: Annotated[str, _ARTEFACT],
    *,
    reference: Annotated[str, typer.Option(help="What the authority gave; `none` if nothing.")],
    at: Annotated[str, typer.Option(help="When it took the report: 2026-11-24T16:05:00+01:00")],
    file: Annotated[
        Path | None, typer.Option(help="Screenshot or letter; its SHA-256 is kept, it is not.")
    ] = None,
) -> None:
    """Put on record what the authority gave back for a report that you filed."""
    taken = _instant(at)
    proof = "" if file is None else _digest(file)
    async with asked.opened() as runtime:
        await runtime.door.record_receipt(
            asked.token(), incident, artefact, reference=reference, at=taken, proof=proof
        )
    kept = [line(f"SHA-256 of {file.name}: {proof}. Keep the file.")] if file is not None else []
    show(
        {"incident": incident, "artefact": artefact, "reference": reference, "proof": proof},
        line(f"Receipt of {artefact} on record: {reference}"),
        *kept,
        line("The next filing to this authority carries the reference."),
        as_json=asked.as_json,
    )


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = "is not a time with its zone"
        raise InvalidInput(message, field="--at", fix="write it as 2026-11-24T16:05:00+01:00")
    return at.astimezone(UTC)


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > _PROOF_BYTES:
            message = "is larger than 50 MB"
            raise InvalidInput(message, field="--file", fix="name the screenshot or the letter")
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        message = f"cannot be read ({type(error).__name__})"
        raise InvalidInput(message, field="--file", fix="name a readable file") from None


def _write(folder: Path, files: Any) -> tuple[str, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        message = f"the report cannot be written ({type(error).__name__})"
        raise Unavailable(message, field="--output", fix="name another folder") from None
    return tuple(str(folder / name) for name in files)


def _document(standing: ReportStanding) -> dict[str, Any]:
    report = standing.report
    return {
        "artefact": standing.artefact.name,
        "state": standing.artefact.state,
        "form": report.form.id if report.form else None,
        "authority": report.authority,
        "phase": report.phase,
        "complete": report.filing.complete,
        "due_at": report.due_at,
        "late": standing.late,
        "late_reason": standing.late_reason,
        "laid_at": standing.laid_at,
        "files": standing.files,
        "receipt": standing.receipt,
    }


def _listing(known: tuple[ReportStanding, ...]) -> RenderableType:
    columns = ["report", "state", "due", "", "laid ready", "receipt", "form", "to"]
    rows = [
        (
            s.artefact.name,
            s.artefact.state.value,
            s.report.due_at or "",
            "late" if s.late else "",
            s.laid_at or "",
            s.receipt.reference if s.receipt else "missing" if s.laid_at else "",
            s.report.form.id if s.report.form else "",
            s.report.authority,
        )
        for s in known
    ]
    return table(columns, rows)


def _parts(standing: ReportStanding, written: tuple[str, ...]) -> list[RenderableType]:
    report = standing.report
    filing = report.filing
    incident, name = report.incident_id, standing.artefact.name
    extent = "complete" if filing.complete else "incomplete"
    due = ("due ", report.due_at) if report.due_at else ("without a due time",)
    parts: list[RenderableType] = [
        heading(f"{name} to {report.authority}"),
        line(standing.artefact.state.value, f", {filing.type.value.replace('_', ' ')}, {extent}"),
        line(*due),
    ]
    if filing.prev_ref:
        parts.append(line(f"reference of the filing before: {filing.prev_ref}"))
    if standing.late:
        parts.append(line("late", f": {standing.late_reason or 'no reason is on record'}"))
        if standing.late_reason is None:
            parts.append(line(f"  tocsin incident report late {incident} {name} --reason ..."))
    if standing.laid_at is not None:
        parts.append(line("laid ready ", standing.laid_at))
        parts += [line(f"  {file['path']}  {file['sha256']}") for file in standing.files]
        parts.append(_receipt(standing))
    if report.missing:
        rows = [(m.n, m.label, m.path, "now" if m.now else "later") for m in report.missing]
        parts += [heading("Still missing"), table(["field", "what", "fact", "needed"], rows)]
    if report.differences:
        changed = [(d.n, d.label, d.before, d.now) for d in report.differences]
        columns = ["field", "what", "before", "now"]
        parts += [heading("Changed since the filing before"), table(columns, changed)]
    against = [f for f in report.shown if f.published and not f.may_publish]
    parts += [
        line("note", f": {f.n} {f.label_en} becomes public, and is marked not to be published")
        for f in against
    ]
    if written:
        parts += [heading("Written"), *(line(f"  {path}") for path in written)]
        parts += [line("note", f": {pdf_note()}")] if pdf_note() else []
    return parts


def _receipt(standing: ReportStanding) -> RenderableType:
    found = standing.receipt
    if found is None:
        incident, name = standing.report.incident_id, standing.artefact.name
        how = f"tocsin incident report receipt {incident} {name} --reference REF --at TIME"
        return line("problem", f": no receipt on record yet. Once it is filed: {how}")
    proof = f", proof {found.proof}" if found.proof else ", no proof"
    return line(f"receipt {found.reference}, taken ", found.at, f", by {found.by}{proof}")

"""`tocsin incident preview`: what is about to leave, before anybody approves it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text
from tocsin.cli.asked import Asked
from tocsin.cli.plain import plain
from tocsin.cli.showing import heading, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.preview import Preview
from tocsin.runtimes.preview import preview as look
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.finding import Finding, FindingSeverity

_SLOT, _SAMPLE = "{reference}", "XXXXX-XXXXX"
_SHOWN = {
    FindingSeverity.BLOCK: "problem",
    FindingSeverity.WARN: "warning",
    FindingSeverity.NOTE: "note",
}
_CHANGED = "The texts would be rendered differently now: those that were drafted are sent."


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "preview")(preview)


async def preview(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    *,
    round_: Annotated[
        str | None, typer.Option("--round", help="Round, as r2; else the newest.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="HTML file; else in output.previews.")
    ] = None,
) -> None:
    """Show each text and who gets it. Write it as HTML, with all reports."""
    async with asked.opened() as runtime:
        seen = await look(runtime, incident, round_)
        page = output or runtime.settings.output.previews / f"{seen.case.id}.html"
    files = _write(seen, page)
    show(_document(seen, files), *_parts(seen, files), as_json=asked.as_json)


def _write(seen: Preview, page: Path) -> tuple[Path, ...]:
    """Write the page, and announcements and reports into a folder of its name beside it."""
    named = {page: seen.html()}
    named |= {page.with_suffix("") / name: content for name, content in seen.pages.items()}
    try:
        for path, content in named.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        message = f"the preview cannot be written ({type(error).__name__})"
        raise Unavailable(message, field="--output", fix="name another file") from None
    return tuple(named)


def _document(seen: Preview, files: tuple[Path, ...]) -> dict[str, Any]:
    counts = seen.counts
    texts = {n.cohort.id: n for n in seen.notices}
    return {
        "incident": seen.case.id,
        "round": seen.round.id,
        "persons": counts.persons,
        "notices": counts.obligations,
        "by_residence": counts.by_residence,
        "by_locale": seen.by_locale,
        "by_lane": counts.by_lane,
        "by_obstacle": counts.by_obstacle,
        "by_list": counts.by_list,
        "by_overridden_list": counts.by_overridden_list,
        "defaulted_residence": counts.defaulted_residence,
        "defaulted_locale": counts.defaulted_locale,
        "seconds": seen.seconds,
        "short_by_channel": {channel.value: n for channel, n in seen.short.items()},
        "decision": seen.decision,
        "findings": seen.findings,
        "as_drafted": seen.as_drafted,
        "cohorts": [
            {
                "id": c.id,
                "regimes": c.regimes,
                "locale": c.locale,
                "recipient": c.recipient,
                "kinds": c.kinds,
                "notices": counts.by_cohort.get(c.id, 0),
                "subject": texts[c.id].subject if c.id in texts else None,
                "text": texts[c.id].plain if c.id in texts else None,
            }
            for c in seen.cohorts
        ],
        "files": [str(path) for path in files],
    }


_BESIDE = {
    OneByOne.EVERYBODY: "one by one and publicly",
    OneByOne.SOME: "some one by one, the others by announcement alone",
    OneByOne.NOBODY: "by announcement alone",
}


def _parts(seen: Preview, files: tuple[Path, ...]) -> list[RenderableType]:
    counts, decision = seen.counts, seen.decision
    how = "one by one"
    if decision.announce:
        how = _BESIDE[decision.one_by_one]
    cohorts = [
        (
            c.id,
            counts.by_cohort.get(c.id, 0),
            " ".join(c.regimes),
            c.locale,
            c.recipient.value,
            ", ".join(c.kinds) or "none of their data: not told",
            "by announcement alone" if c.id in decision.replaced else "",
        )
        for c in seen.cohorts
    ]
    parts: list[RenderableType] = [
        heading(f"{seen.round.id}  {seen.case.title}"),
        line(f"{counts.persons:,} people, told {how}; sending takes about {seen.takes}"),
        *(line(f"  {ground}") for ground in decision.grounds),
        line(
            f"{counts.defaulted_residence:,} without a residence and {counts.defaulted_locale:,} "
            "without a language were given the configured ones"
        ),
        *([] if seen.as_drafted else [line("note", f": {_CHANGED}")]),
        *_found(seen.findings),
        heading("Cohorts: one text each"),
        table(["no.", "notices", "law", "language", "to", "data", ""], cohorts),
        *_counted("Residence", counts.by_residence),
        *_counted("Language", seen.by_locale),
        *_counted("Lane", counts.by_lane),
        *_counted("Cannot be sent", counts.by_obstacle),
        *_counted("Suppression list that bars a channel", counts.by_list),
        *_counted("Overridden suppression list", counts.by_overridden_list),
    ]
    for notice in seen.notices:
        parts += [
            heading(f"Cohort {notice.cohort.id}: {notice.subject}"),
            Text("\n".join(map(plain, notice.plain.replace(_SLOT, _SAMPLE).splitlines()))),
        ]
    return [*parts, heading("Written"), *(line(f"  {path}") for path in files)]


def _found(findings: Sequence[Finding]) -> list[RenderableType]:
    """Return what the gates found as a table; what blocks an approval stands first."""
    rows = [(_SHOWN[f.severity], f.rule, f.where, f.text, f.fix) for f in findings]
    columns = ["", "rule", "where", "what", "what to do"]
    return [heading("What the gates found"), table(columns, rows)] if rows else []


def _counted(name: str, counts: Any) -> list[RenderableType]:
    ranked = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return [Text(""), table([name, "count"], ranked)] if ranked else []

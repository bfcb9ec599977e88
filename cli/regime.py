"""`tocsin regime`: check the rule pack, list what it holds, read one regime."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.regime_pack import Checked, check_pack
from tocsin.runtimes.regime_pages import listed, shown
from tocsin.schemas.errors import InvalidInput

FAULTY = 1
_REGIMES = typer.Option(help="A file or folder of your own regimes.")


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "check")(check)
    verb(group, "list")(list_regimes)
    verb(group, "show")(show_regime)


def check(
    asked: Asked,
    own: Annotated[
        Path | None, typer.Argument(metavar="[FILE|FOLDER]", help="Your own regimes.")
    ] = None,
) -> None:
    """Check the rule pack, and your own regimes with it. Exit 1: something is wrong.

    Needs no configuration and records nothing.
    """
    found = check_pack(own)
    show(_checked(found), *_check_parts(found), as_json=asked.as_json)
    if found.problems:
        raise typer.Exit(FAULTY)


def list_regimes(asked: Asked, *, regimes: Annotated[Path | None, _REGIMES] = None) -> None:
    """List every version of every regime: in force when, how sure, what it asks by when."""
    pages = listed(regimes)
    show({"regimes": pages}, *_list_parts(pages), as_json=asked.as_json)


def show_regime(
    asked: Asked,
    regime: Annotated[str, typer.Argument(metavar="ID", help="Such as EU-GDPR.")],
    *,
    regimes: Annotated[Path | None, _REGIMES] = None,
) -> None:
    """Show every rule of a regime: when it holds, by when, its source, and how sure it is."""
    pages = shown(regime, regimes)
    parts = [part for page in pages for part in _show_parts(page)]
    show({"versions": pages}, *parts, as_json=asked.as_json)


def _checked(found: Checked) -> dict[str, Any]:
    return {
        **found.counts,
        "changes": [{"regime": name, "pending": said} for name, said in found.pending],
        "problems": [
            dict(zip(("file", "field"), _where(p), strict=True))
            | {"message": p.message, "fix": p.fix or ""}
            for p in found.problems
        ],
    }


def _where(problem: InvalidInput) -> tuple[str, str]:
    file, _, field = (problem.field or "").partition(": ")
    return file, field


def _check_parts(found: Checked) -> list[RenderableType]:
    counts = found.counts
    parts: list[RenderableType] = [
        line(
            f"{counts['regimes']:,} regimes in {counts['versions']:,} versions carry "
            f"{counts['records_of_law']:,} records of law; {counts['tell_people']:,} tell people."
        ),
        line(f"{counts['rules']:,} rules, {counts['unverified']:,} of them unverified."),
    ]
    for what, of in (("status", "versions"), ("confidence", "rules"), ("basis", "rules")):
        said = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts[what].items())
        parts.append(line(f"  {what} of {of}: {said}"))
    changing = ", ".join(dict.fromkeys(name for name, _ in found.pending))
    parts.append(line(f"Changes under way in {counts['pending']:,} regimes: {changing}"))
    parts += [
        line("problem", f": {p.field}: {p.message}, {p.fix}" if p.field else f": {p.message}")
        for p in found.problems
    ]
    if not found.problems:
        parts.append(line("ok", ": nothing is wrong."))
    return parts


def _list_parts(pages: list[dict[str, Any]]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for page in pages:
        parts += _head(page)
        parts += [
            line(f"  {report['phase'].value} report to {report['to']}: {report['deadline']}")
            for report in page["reports"]
        ]
        if page["tells_people"]:
            parts.append(line(f"  people: {page['people']}"))
    return parts


def _head(page: dict[str, Any]) -> list[RenderableType]:
    until = f" until {page['valid_to']}" if page["valid_to"] else ""
    rules = page["rules"] if isinstance(page["rules"], int) else len(page["rules"])
    unsure = len(page["unverified"])
    return [
        heading(f"{page['id']}: {page['name']}"),
        line(
            f"  {page['status'].value.replace('_', ' ')}, from {page['valid_from']}{until}; "
            f"confidence {page['confidence'].value}; "
            f"{'tells people' if page['tells_people'] else 'tells nobody concerned'}; "
            f"{unsure} of {rules} rules unverified"
        ),
    ]


def _show_parts(page: dict[str, Any]) -> list[RenderableType]:
    parts = _head(page)
    parts += [line(f"  protects people in: {', '.join(page['residences'])}")]
    for name in ("authority", "pending", "notes"):
        if page[name]:
            parts.append(line(f"  {name}: {page[name]}"))
    parts += [line(f"  source: {source}") for source in page["sources"]]
    if page["covers"]:
        parts.append(line(f"  carries also: {', '.join(page['covers'])}"))
    for rule in page["rules"]:
        parts += _rule(rule)
    for each in page["order"]:
        how = "before" if each.strict else "not later than"
        parts.append(line(f"  order: {each.first} {how} {each.then} ({each.cite})"))
    for hold in page["holds"]:
        limit = f", {hold.max_days} days at most" if hold.max_days else ""
        kind = hold.kind.value.replace("_", " ")
        parts.append(line(f"  may wait ({kind}{limit}): {', '.join(hold.of)} ({hold.cite})"))
    return parts


def _rule(rule: dict[str, Any]) -> list[RenderableType]:
    said = f"confidence {rule['confidence'].value}, {rule['basis'].value}"
    parts: list[RenderableType] = [
        line(""),
        line(f"  {rule['id']}: {rule['about']}"),
        line(f"    {rule['cite']}"),
        line(f"    {said}"),
    ]
    if rule["unverified"]:
        parts.append(line("    ", "warning", f": unverified, {rule['unverified']}"))
    if rule["owed_by"].value != "controller":
        parts.append(line(f"    owed by: {rule['owed_by'].value}"))
    first, *rest = rule["when"]
    parts += [line(f"    when {first}"), *(line(f"      {text}") for text in rest)]
    parts += [line(f"    due: {text}") for text in rule["deadline"][:1]]
    parts += [line(f"      {text}") for text in rule["deadline"][1:]]
    parts.append(line(f"    owed: {rule['reason']}"))
    if rule["reason_not"]:
        parts.append(line(f"    not owed: {rule['reason_not']}"))
    parts += [line(f"    while unknown, {text}") for text in rule["assumes"]]
    for name in ("content", "forbidden", "forms"):
        if rule.get(name):
            parts.append(line(f"    {name}: {', '.join(rule[name])}"))
    if rule.get("form"):
        parts.append(line(f"    form: {rule['form']}"))
    return parts

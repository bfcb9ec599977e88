"""A report as a sheet: the blocks of its pages, once for the page on a screen and for the PDF.

The cover is for whoever files it: authority, form, deadline, ways to file, what is still missing,
and what to say where there is a hotline. The report itself begins on a page of its own: what
changed since the filing before, the fields, measures and figures.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from tocsin.rendering.environment import paragraphs, printable, render
from tocsin.rendering.instants import date_words, moment_words
from tocsin.rendering.locales import Messages, messages
from tocsin.rendering.report_values import BY_HAND
from tocsin.schemas.duty import Phase
from tocsin.schemas.report import DeliveryFigures, Report, ReportField

Block = dict[str, Any]
_FRESH = timedelta(days=180)
"""Authorities change their forms: one that was read longer ago is to be checked first."""
_MARKED = {Phase.EARLY, Phase.INTERMEDIATE, Phase.FULL}
_FIELD = (11, 52, 0)
"""Number, label and answer of a field."""


def report_html(report: Report) -> bytes:
    """Return a report as one accessible page in the report's language."""
    made = report_sheet(report)
    return render("report/report.html", **made).encode()


def report_sheet(report: Report) -> dict[str, Any]:
    """Return what the page and the PDF of a report are set from."""
    t = messages(report.locale)
    form = report.form
    heading = form.title if form else t("report.title")
    mark = t("drill.prefix") if report.drill else ""
    return {
        "lang": t.locale,
        "dir": t("dir"),
        "told": form.locale if form else "",
        "title": f"{mark}{heading} - {report.organisation}",
        "heading": heading,
        "foot": f"{mark}{report.filing.reference} · {moment_words(report.drafted_at, t)}",
        "drill": t("drill.prefix") + t("drill.public") if report.drill else "",
        "blocks": [clean(block) for block in _blocks(report, t)],
    }


def _blocks(report: Report, t: Messages) -> Iterator[Block]:
    yield from _first_page(report, t)
    yield from _missing(report, t)
    if report.spoken:
        yield {"page": True}
        yield headline(t("report.spoken"))
        yield {"lines": list(report.spoken)}
    yield {"page": True}
    title = report.form.title if report.form else t("report.title")
    yield {"lead": t.listed([title, report.organisation, t(f"report.phase.{report.phase.value}")])}
    told = report.form.locale if report.form else ""
    if report.differences:
        yield headline(t("report.differences"))
        yield table(
            [t("report.item"), t("report.before"), t("report.now")],
            [(f"{d.n} {d.label}", d.before or "-", d.now or "-") for d in report.differences],
            widths=(46, 0, 0),
            told=told,
        )
    yield from _content(report.shown, t, told=told)
    if report.measures:
        yield headline(t("report.measures"))
        rows = [(m.what, m.status, m.on or "-") for m in report.measures]
        columns = [t("report.measure"), t("report.status"), t("report.when")]
        yield table(columns, rows, widths=(0, 28, 28))
    yield headline(t("report.figures"))
    yield from _figures(report.figures, t)


def _missing(report: Report, t: Messages) -> Iterator[Block]:
    yield headline(t("report.missing"))
    by_hand = [field.n for field in report.shown if field.key == BY_HAND]
    if by_hand:
        yield {"text": t("report.left_by_hand", numbers=t.listed(by_hand))}
    if not report.missing:
        yield {"text": t("report.nothing_missing")}
        return
    yield table(
        [t("report.item"), t("report.fact"), t("report.needed")],
        [
            (f"{m.n} {m.label}", m.path, t("report.needed_now" if m.now else "report.needed_later"))
            for m in report.missing
        ],
        widths=(0, 62, 34),
    )


def _first_page(report: Report, t: Messages) -> Iterator[Block]:
    yield {"lead": t(f"report.phase.{report.phase.value}")}
    yield {"text": t("report.cover")}
    filing = report.filing
    kind = t.listed(
        [
            t(f"report.filing.{filing.type.value}"),
            t("report.filing.complete" if filing.complete else "report.filing.incomplete"),
        ]
    )
    rows = [
        (t("report.to"), report.authority),
        (t("report.from"), report.organisation),
        (t("report.due"), _deadline(report, t)),
        (t("report.filing.label"), kind),
        (t("report.filing.reference"), filing.reference),
        (t("report.filing.prev_ref"), filing.prev_ref),
        (t("report.late_reason"), report.late_reason or ""),
        (t("report.regime"), t.listed([report.regime, report.cite])),
        (t("report.rule"), t("report.unverified") if report.unverified else ""),
        (t("report.incident"), t.listed([report.incident_id, _revision(report, t)])),
        (t("report.drafted"), moment_words(report.drafted_at, t)),
    ]
    if report.form is not None:
        form = report.form
        seen = t("report.seen", version=form.version, date=date_words(form.seen, t))
        if report.drafted_at.date() - form.seen > _FRESH:
            seen = f"{seen}\n{t('report.stale')}"
        rows += [
            (t("report.form"), t.listed([form.title, seen])),
            (t("report.verified"), form.verified),
            (t("report.languages"), form.languages),
            (t("report.returned"), form.returned),
            (t("report.published"), form.published),
            (t("report.attachments"), form.attachments),
        ]
    shown = [(label, value) for label, value in rows if value]
    yield table([t("report.item"), t("report.value")], shown, widths=(44, 0))
    if report.form is not None:
        yield headline(t("report.routes"))
        yield {"items": list(report.form.routes)}


def _deadline(report: Report, t: Messages) -> str:
    if report.due_at is None:
        return t("report.none")
    due = moment_words(report.due_at, t)
    if report.starts_at is None:
        return due
    return t("report.deadline", due=due, start=moment_words(report.starts_at, t))


def _revision(report: Report, t: Messages) -> str:
    return t("report.revision", number=report.revision)


def _content(fields: Sequence[ReportField], t: Messages, *, told: str) -> Iterator[Block]:
    """Yield the sections of a form; `told` is the language of its labels where it is another."""
    columns = [t("report.number"), t("report.item"), t("report.value")]
    for section, held in groupby(fields, key=lambda field: field.section):
        yield headline(section or t("report.content"))
        yield table(columns, [_row(field, t) for field in held], widths=_FIELD, told=told)


def _row(field: ReportField, t: Messages) -> tuple[str, str, str]:
    label = field.label if field.label_en == field.label else f"{field.label}\n{field.label_en}"
    marks = [t("report.required")] if field.required in _MARKED else []
    if field.published:
        wished = "report.becomes_public" if field.may_publish else "report.public_unwished"
        marks.append(t(wished))
    value = field.value
    if field.state == "estimated":
        value = f"{value}\n{t('report.states.estimated')}"
    if marks:
        label = f"{label}\n({t.listed(marks)})"
    return field.n, label, value


def _figures(figures: DeliveryFigures | None, t: Messages) -> Iterator[Block]:
    if figures is None:
        yield {"text": t("report.not_counted")}
        return
    names = ("in_scope", "open", "reached", "announced", "unreachable", "excluded")
    rows = [(t(f"report.{name}"), f"{getattr(figures, name):,}") for name in names]
    yield {"text": t("report.figures_as_of", date=moment_words(figures.as_of, t))}
    yield table([t("report.item"), t("report.number_of_persons")], rows, widths=(60, 30))
    yield {"text": t("report.sum")}


def headline(text: str) -> Block:
    """Return a heading."""
    return {"heading": text}


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, widths: Sequence[int], told: str = ""
) -> Block:
    """Return a table; widths are millimetres on paper, 0 for an equal share of what is left.

    Its row headers are the first column, and of a field the label beside its number; `told` is
    their language where it is another than that of the page.
    """
    named = 1 if tuple(widths) == _FIELD else 0
    return {
        "head": list(head),
        "rows": [list(row) for row in rows],
        "widths": list(widths),
        "named": named,
        "told": told,
    }


def clean(block: Block) -> Block:
    """Return a block whose texts are lines without anything that steers a reader."""
    if "rows" in block:
        rows = [[list(paragraphs(cell)) for cell in row] for row in block["rows"]]
        return {**block, "head": [printable(cell) for cell in block["head"]], "rows": rows}
    return {
        name: [printable(item) for item in value]
        if isinstance(value, list)
        else printable(value)
        if isinstance(value, str)
        else value
        for name, value in block.items()
    }

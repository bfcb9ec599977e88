"""The report to an authority: drafted from facts and figures, written as JSON and as HTML."""

import json

from tocsin.rendering.environment import render
from tocsin.rendering.instants import moment_words
from tocsin.rendering.locales import Messages, messages
from tocsin.rendering.report_values import value_of
from tocsin.rendering.report_words import reported
from tocsin.schemas.canonical import canonical, instant
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.report import DeliveryFigures, Report, ReportContext, ReportField


def draft_report(context: ReportContext) -> Report:
    """Return a report in the words of the context's locale, one field per content code of the duty.

    What is unknown says so, and `missing` holds the dotted paths (or content codes, where an
    incident has no such fact) that would complete it. Raises InvalidInput for a duty without a
    phase: such a duty is not owed to an authority.
    """
    duty = context.duty
    if duty.phase is None:
        message = "only a duty with a phase is reported"
        raise InvalidInput(message, field="duty.phase", fix="choose early, full or final")
    t = messages(context.locale)
    values = {code: value_of(code, context, t) for code in dict.fromkeys(duty.content)}
    missing = [value.missing for value in values.values() if value.missing]
    return Report(
        incident_id=context.incident_id,
        revision=context.revision,
        regime=duty.regime,
        phase=duty.phase,
        authority=context.authority,
        locale=t.locale,
        organisation=context.organisation.legal_name,
        drafted_at=context.drafted_at,
        starts_at=duty.starts_at,
        due_at=duty.due_at,
        cite=duty.cite,
        drill=context.drill,
        fields=tuple(
            ReportField(code=code, label=_label(code, t), value=value.text, state=value.state.value)
            for code, value in values.items()
        ),
        measures=tuple(reported(measure, t) for measure in context.incident.measures),
        figures=context.figures,
        missing=tuple(dict.fromkeys([*missing, *duty.missing])),
    )


def report_json(report: Report) -> bytes:
    """Return a report as JSON: the values of its canonical form, indented for a reader."""
    values = json.loads(canonical(report.model_dump()))
    return (json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def report_html(report: Report) -> bytes:
    """Return a report as one accessible page in the report's language."""
    t = messages(report.locale)
    title = f"{t('report.title')} - {t(f'report.phase.{report.phase.value}')}"
    revision = t("report.revision", number=report.revision)
    head = {
        "report.to": report.authority,
        "report.from": report.organisation,
        "report.incident": t.listed([report.incident_id, revision]),
        "report.regime": t.listed([report.regime, report.cite]),
        "report.drafted": moment_words(report.drafted_at, t),
        "report.starts": moment_words(report.starts_at, t)
        if report.starts_at
        else t("report.none"),
        "report.due": moment_words(report.due_at, t) if report.due_at else t("report.none"),
    }
    text = render(
        "report/report.html",
        t=t,
        lang=t.locale,
        dir=t("dir"),
        title=(t("drill.prefix") if report.drill else "") + title,
        heading=t("report.title"),
        report=report,
        head=tuple((t(key), value) for key, value in head.items()),
        fields=tuple(
            (f, f.value.split("\n"), t(f"report.states.{f.state}")) for f in report.fields
        ),
        figures=_figures(report.figures, t),
        missing=tuple(_label(path, t) for path in report.missing),
    )
    return text.encode()


def _label(code: str, t: Messages) -> str:
    key = f"report.codes.{code}"
    return t(key) if t.has(key) else code


def _figures(figures: DeliveryFigures | None, t: Messages) -> dict[str, object] | None:
    if figures is None:
        return None
    names = ("in_scope", "open", "reached", "announced", "unreachable", "excluded")
    return {
        "as_of": t("report.figures_as_of", date=moment_words(figures.as_of, t)),
        "as_of_machine": instant(figures.as_of),
        "rows": tuple((t(f"report.{name}"), f"{getattr(figures, name):,}") for name in names),
        "sum": t("report.sum"),
    }

"""The report to an authority: drafted from facts and figures into the form of the authority."""

import json
from collections.abc import Sequence

from tocsin.rendering.locales import Messages, messages, words
from tocsin.rendering.report_form import by_number, filled, missing_in, named, plain
from tocsin.rendering.report_words import reported
from tocsin.schemas.canonical import canonical
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.form import Form
from tocsin.schemas.report import (
    Difference,
    Filing,
    FilingType,
    FormNote,
    Report,
    ReportContext,
    ReportField,
)

_SPOKEN = 160
"""Characters of one answer that are read out on the telephone; the whole stands in the report."""


def draft_report(context: ReportContext) -> Report:
    """Return a report in the words of the context's locale, in the order of the authority's form.

    Without a form there is one field per content code of the duty. What is unknown says so, and
    `missing` holds what would complete it. Raises InvalidInput for a duty without a phase: such a
    duty is not owed to an authority.
    """
    duty = context.duty
    if duty.phase is None:
        message = "only a duty with a phase is reported"
        raise InvalidInput(message, field="duty.phase", fix="choose early, full or final")
    t = messages(context.locale)
    fields = _fields(context, t)
    missing = missing_in(fields, context, t)
    if not missing:
        context = context.model_copy(update={"complete": True})
        fields = _fields(context, t)
    form, before = context.form, context.before
    return Report(
        incident_id=context.incident_id,
        artefact=context.artefact,
        revision=context.revision,
        regime=duty.regime,
        phase=duty.phase,
        duty=duty.id,
        unverified=duty.unverified,
        authority=context.authority,
        locale=t.locale,
        organisation=context.organisation.legal_name,
        drafted_at=context.drafted_at,
        starts_at=duty.starts_at,
        due_at=duty.due_at,
        due_source=duty.due_source,
        cite=duty.cite,
        drill=context.drill,
        form=_note(form, t) if form else None,
        filing=Filing(
            type=FilingType.FOLLOW_UP if before else FilingType.NEW,
            complete=not missing,
            prev_ref=before.reference if before else "",
            reference=f"{context.incident_id}/{context.artefact}",
        ),
        fields=fields,
        measures=tuple(reported(measure, t) for measure in context.incident.measures),
        figures=context.figures,
        differences=differences(before.fields, fields) if before else (),
        missing=missing,
        spoken=_spoken(form, fields, t) if form else (),
        late_reason=context.late_reason,
    )


def differences(
    before: Sequence[ReportField], now: Sequence[ReportField]
) -> tuple[Difference, ...]:
    """Return the fields that are answered otherwise than before, in the order of the form now.

    Fields that a form asks about the filing itself are none: a follow-up is always another filing.
    """
    then = by_number([field for field in before if field.shown])
    told = [field for field in now if field.shown and not field.key.startswith("rpt.")]
    changed = [
        Difference(n=f.n, label=f.label, before=was.value if was else "", now=f.value)
        for f in told
        for was in (then.get(f.n),)
        if was is None or was.value != f.value
    ]
    gone = [
        Difference(n=f.n, label=f.label, before=f.value, now="")
        for f in then.values()
        if f.n not in {field.n for field in now if field.shown} and not f.key.startswith("rpt.")
    ]
    return (*changed, *gone)


def report_json(report: Report) -> bytes:
    """Return the packet as JSON: the values of its canonical form, indented for a reader."""
    values = json.loads(canonical(report.model_dump()))
    form = values.pop("form")
    packet = {
        "form": form and form["id"],
        "version": form and form["version"],
        "form_note": form,
        **values,
        "fields": [field for field in values["fields"] if field.pop("shown")],
        "receipt": None,
    }
    return (json.dumps(packet, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _fields(context: ReportContext, t: Messages) -> tuple[ReportField, ...]:
    return filled(context.form, context, t) if context.form else plain(context, t)


def _note(form: Form, t: Messages) -> FormNote:
    return FormNote(
        id=form.id,
        title=named(form.title, t),
        version=form.version,
        seen=form.seen,
        verified=words(form.verified, t.locale),
        languages=words(form.language_note, t.locale),
        routes=tuple(words(route, t.locale) for route in form.routes),
        returned=words(form.returned, t.locale),
        published=words(form.published, t.locale),
        attachments=words(form.attachments, t.locale),
        locale=t.foreign,
    )


def _spoken(form: Form, fields: Sequence[ReportField], t: Messages) -> tuple[str, ...]:
    """Return what to say on the telephone: short answers, one sentence each."""
    said = {n: _short(field.value, t) for n, field in by_number(fields).items()}
    return tuple(_with_answers(words(line, t.asked), said) for line in form.spoken)


def _with_answers(line: str, said: dict[str, str]) -> str:
    for n, answer in said.items():
        line = line.replace(f"{{{n}}}", answer)
    return line


def _short(text: str, t: Messages) -> str:
    lines = (line.strip().rstrip("。.") for line in text.split("\n"))
    flat = t("report.pause").join(line for line in lines if line)
    return flat if len(flat) <= _SPOKEN else flat[: _SPOKEN - 1].rstrip() + "…"

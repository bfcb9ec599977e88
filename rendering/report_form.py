"""Filling the form of an authority: values, answers, and what is asked at all.

A field is chosen by our values first, then by how well the fact is known: `to be determined` is an
answer of its own on most forms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tocsin.rendering.locales import Messages, words
from tocsin.rendering.report_values import value_of
from tocsin.rendering.report_words import Value
from tocsin.schemas.duty import Phase
from tocsin.schemas.fact import FactState
from tocsin.schemas.form import FieldKind, Form, FormField, FormOption, ShownIf
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.report import Missing, ReportContext, ReportField, ReportOption

_ORDER = (Phase.EARLY, Phase.INTERMEDIATE, Phase.FULL, Phase.FINAL, Phase.ANNUAL)
_ANY_OTHER = "*"
_AS_MACHINES = {FieldKind.NUMBER, FieldKind.DATE, FieldKind.MOMENT, FieldKind.FLAG}


def filled(form: Form, context: ReportContext, t: Messages) -> tuple[ReportField, ...]:
    """Return the fields of a form that are asked in the phase, in its order."""
    values: dict[str, Value] = {}

    def value(key: str) -> Value:
        if key not in values:
            values[key] = value_of(key, context, t)
        return values[key]

    undecided = _state_words(form, FactState.BEING_DETERMINED, t)
    return tuple(
        _field(
            field,
            section=named(section.title, t),
            value=_in_words_of(form, value(field.key), t),
            shown=all(_holds(condition, value(condition.key)) for condition in field.shown_if),
            undecided=undecided,
            t=t,
        )
        for section in form.sections
        for field in section.fields
        if not field.phases or context.duty.phase in field.phases
    )


def plain(context: ReportContext, t: Messages) -> tuple[ReportField, ...]:
    """Return one field per content code of the duty: for an authority without a form."""
    codes = dict.fromkeys(context.duty.content)
    return tuple(
        ReportField(
            n=str(number),
            key=code,
            label=label_of(code, t),
            label_en=label_of(code, t),
            value=value.text,
            raw=value.raw,
            state=value.state.value,
            required=Phase.FULL,
            may_publish=value.may_publish,
        )
        for number, code in enumerate(codes, 1)
        for value in (value_of(code, context, t),)
    )


def label_of(code: str, t: Messages) -> str:
    """Return what a content code is called; the code itself where it is unknown."""
    key = f"report.codes.{code}"
    return t(key) if t.has(key) else code


def missing_in(
    fields: Sequence[ReportField], context: ReportContext, t: Messages
) -> tuple[Missing, ...]:
    """Return what would complete a report: every field that is asked, required and open."""
    phase = context.duty.phase or Phase.FULL
    return tuple(
        Missing(
            n=field.n,
            label=field.label_en if t.foreign else field.label,
            path=value_of(field.key, context, t).missing or field.key,
            now=_ORDER.index(field.required) <= _ORDER.index(phase),
        )
        for field in fields
        if field.required is not None and is_open(field)
    )


def named(text: LocalizedText, t: Messages) -> str:
    """Return what a form calls something: its own term, and ours where that is not in our words."""
    own, ours = words(text, t.asked), words(text, t.locale)
    return own if own == ours else t("report.own_and_ours", own=own, ours=ours)


def is_open(field: ReportField) -> bool:
    """Whether a field that is asked is not answered, or answered with `to be determined`."""
    undecided = any(option.open and option.code in field.chosen for option in field.options)
    return field.shown and (undecided or field.state == FactState.BEING_DETERMINED.value)


def _holds(condition: ShownIf, value: Value) -> bool:
    return not set(condition.values).isdisjoint(value.tags)


def _field(
    field: FormField, *, section: str, value: Value, shown: bool, undecided: str, t: Messages
) -> ReportField:
    chosen = _chosen(field, value)
    text, state = value.text, value.state
    if field.options:
        labels = [named(option.label, t) for option in chosen]
        known = state in {FactState.KNOWN, FactState.ESTIMATED}
        text = t.listed(labels) if labels else undecided if known else text
        if not chosen and known:
            state = FactState.BEING_DETERMINED  # the form has no answer for it: a person chooses
    return ReportField(
        n=field.n,
        key=field.key,
        section=section,
        label=words(field.label, t.asked),
        label_en=words(field.label, "en"),
        value=text,
        raw=value.raw if field.kind in _AS_MACHINES else None,
        state=state.value,
        options=tuple(
            ReportOption(code=o.code, label=named(o.label, t), open=o.open) for o in field.options
        ),
        chosen=tuple(option.code for option in chosen),
        multiple=field.kind is FieldKind.MANY,
        required=field.required,
        shown=shown,
        may_publish=value.may_publish,
        published=field.published,
    )


def _in_words_of(form: Form, value: Value, t: Messages) -> Value:
    """Return a value whose state is said as the authority says it."""
    if value.state not in form.states or value.text != t(f"report.{value.state.value}"):
        return value
    return replace(value, text=_state_words(form, value.state, t))


def _state_words(form: Form, state: FactState, t: Messages) -> str:
    said = form.states.get(state)
    return named(said, t) if said else t(f"report.{state.value}")


def _chosen(field: FormField, value: Value) -> tuple[FormOption, ...]:
    named = {ours for option in field.options for ours in option.values}
    others = [tag for tag in value.tags if tag not in named]
    found = [
        option
        for option in field.options
        if not set(option.values).isdisjoint(value.tags)
        or (others and _ANY_OTHER in option.values)
        or (not value.tags and value.state in option.states)
    ]
    return tuple(found if field.kind is FieldKind.MANY else found[:1])


def by_number(fields: Sequence[ReportField]) -> Mapping[str, ReportField]:
    """Return fields by their number."""
    return {field.n: field for field in fields}

"""A report on the EDPB's template as the JSON that its schema describes.

The schema was made by third parties from the template and has room for one answer where the
template, by its own words, takes several (55, 65, 70, 75, 79 to 85, 94, 104): the first one is the
answer, the others are written out in the description that follows, so that nothing is lost.
"""

import json

from tocsin.rendering.report_form import is_open
from tocsin.schemas.report import Report, ReportField

FORM = "eu-edpb"
_DESCRIBED_IN = {
    "55": "62",
    "65": "66",
    "70": "71",
    "75": "76",
    "79": "90",
    "81": "90",
    "83": "90",
    "85": "90",
    "94": "95",
    "104": "106",
}
"""A field with several answers -> the field of free text in which the others are named."""
_MERGED = {("97", "b1"): "b", ("89", "d"): "c"}
"""Answers that the schema has lost in another one."""
_ALWAYS = ("30", "31", "39", "40", "41")
"""Fields that the schema requires even where the template hides them."""


def edpb_json(report: Report) -> bytes:
    """Return the fields that are answered, by `field_N`; the report's `missing` names the others.

    What it returns for a complete report fits the schema, but where the number of records cannot be
    determined: the schema requires one even then (73), and none is made up.
    """
    by_n = {field.n: field for field in report.fields}
    answers: dict[str, str | int | bool] = {}
    others: dict[str, list[str]] = {}
    for n, field in by_n.items():
        if not field.shown or _unanswered(field):
            continue
        answers[n] = _answer(field)
        rest = [o.label for code in field.chosen[1:] for o in field.options if o.code == code]
        if rest and n in _DESCRIBED_IN:
            others.setdefault(_DESCRIBED_IN[n], []).append(
                f"{field.label}, also: {', '.join(rest)}"
            )
    for n, told in others.items():
        answers[n] = "\n".join([*([str(answers[n])] if n in answers else []), *told])
    if report.filing.complete:
        answers |= {n: answers.get(n, "Not applicable") for n in _ALWAYS}
    ordered = sorted(answers.items(), key=lambda item: int(item[0]))
    document = {f"field_{n}": value for n, value in ordered}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _unanswered(field: ReportField) -> bool:
    return not field.chosen if field.options else is_open(field)


def _answer(field: ReportField) -> str | int | bool:
    if field.options:
        return _MERGED.get((field.n, field.chosen[0]), field.chosen[0])
    return field.value if field.raw is None else field.raw

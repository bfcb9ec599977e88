"""Whether a rule pack holds together: what its files name in one another, in forms and reports."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tocsin.forms.load import load_forms
from tocsin.regimes.survey import Found, survey
from tocsin.rendering.report_values import CODES
from tocsin.rules.filings import named
from tocsin.rules.versions import rules_of, unverified
from tocsin.schemas.content_codes import FORBIDDEN_CODES, NOTICE_CODES
from tocsin.schemas.duty import Addressee
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import NO_ANNOUNCEMENT, NO_FORM, NO_NOTICE, REPORT, Regime, Rule


class Checked(NamedTuple):
    """What a rule pack holds, counted, and everything that is wrong with it."""

    counts: dict[str, Any]
    pending: tuple[tuple[str, str], ...]
    """Regimes of which a change is under way, with the sentence on it."""
    problems: tuple[InvalidInput, ...]


def check_pack(extra: Path | None = None) -> Checked:
    """Return what the rule pack holds with an operator's own files, and every problem of it.

    Raises `InvalidInput` where there is no such file or folder.
    """
    read = survey(extra)
    regimes = [each.regime for each in read.found]
    problems = (*read.problems, *(p for each in read.found for p in _crossing(each, regimes)))
    pending = tuple(dict.fromkeys((r.id, r.pending) for r in regimes if r.pending))
    return Checked(counts_of(regimes), pending, problems)


def counts_of(regimes: Sequence[Regime]) -> dict[str, Any]:
    """Return how much law there is, and how sure it is."""
    rules = [(rule, regime) for regime in regimes for rule in written_rules(regime)]
    ids = {regime.id for regime in regimes}
    return {
        "regimes": len(ids),
        "versions": len(regimes),
        "records_of_law": len(ids.union(*(regime.covers for regime in regimes))),
        "tell_people": len({regime.id for regime in regimes if regime.tells_people}),
        "rules": len(rules),
        "status": _count(regime.status.value for regime in regimes),
        "confidence": _count((rule.confidence or r.confidence).value for rule, r in rules),
        "basis": _count(rule.basis.value for rule, _ in rules),
        "unverified": sum(bool(unverified(rule, regime)) for rule, regime in rules),
        "pending": len({regime.id for regime in regimes if regime.pending}),
    }


def written_rules(regime: Regime) -> tuple[Rule, ...]:
    """Return the rules that the file of a regime holds, the one on when it applies first."""
    applies = () if regime.applies is None else (regime.applies,)
    left_out = (NO_NOTICE.id, NO_ANNOUNCEMENT.id)
    return (*applies, *(rule for rule in rules_of(regime) if rule.id not in left_out))


def _count(values: Iterator[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _crossing(found: Found, regimes: Sequence[Regime]) -> Iterator[InvalidInput]:
    """Tell what a regime names that is not there: codes, forms, regimes and their duties, ids."""
    file, regime = found
    yield from _codes(regime, file)
    yield from _doubled(regime, file)
    forms = {NO_FORM, *(form.id for form in load_forms())}
    for i, report in enumerate(regime.reports):
        if report.form and report.form not in forms:
            fix = "name a file of forms/, or none, or leave it out"
            message = f"there is no form {report.form}"
            yield InvalidInput(message, field=f"{file}: reports[{i}].form", fix=fix)
    for at, after in _starts(regime):
        yield from _filing(after, regime, regimes, at=f"{file}: {at}")
    for i, each in enumerate(regime.order):
        for field, name in (("first", each.first), ("then", each.then)):
            yield from _elsewhere(name, regimes, at=f"{file}: order[{i}].{field}")
    for i, hold in enumerate(regime.holds):
        for of in hold.of:
            if of.partition(":")[0] not in tuple(Addressee):
                fix = f"one of: {', '.join(Addressee)}"
                message = f"{of} is no addressee"
                yield InvalidInput(message, field=f"{file}: holds[{i}].of", fix=fix)


def _codes(regime: Regime, file: str) -> Iterator[InvalidInput]:
    either = (*NOTICE_CODES, *CODES)
    notice = "see the content codes in docs/regimes.md"
    report = "see the A_ codes in rendering/report_values.py"
    asked: list[tuple[str, Sequence[str], Sequence[str], str]] = [
        (f"reports[{i}].content", rule.content, CODES, report)
        for i, rule in enumerate(regime.reports)
    ]
    asked += [
        ("individuals.content", regime.individuals.content, NOTICE_CODES, notice),
        ("individuals.forbidden", regime.individuals.forbidden, FORBIDDEN_CODES, notice),
        ("public.content", regime.public.content, NOTICE_CODES, notice),
    ]
    asked += [
        (f"others[{i}].content", o.content, either, notice) for i, o in enumerate(regime.others)
    ]
    for at, codes, known, fix in asked:
        for code in codes:
            if code not in known:
                message = f"there is no content code {code} here"
                yield InvalidInput(message, field=f"{file}: {at}", fix=fix)


def _doubled(regime: Regime, file: str) -> Iterator[InvalidInput]:
    for name, times in Counter(rule.id for rule in written_rules(regime)).items():
        if times > 1:
            message = f"{name} is the id of {times} rules"
            yield InvalidInput(message, field=f"{file}: id", fix="give each rule its own id")


def _starts(regime: Regime) -> Iterator[tuple[str, str]]:
    terms = [(f"reports[{i}].deadline", r.deadline) for i, r in enumerate(regime.reports)]
    terms.append(("individuals.deadline", regime.individuals.deadline))
    terms += [(f"others[{i}].deadline", o.deadline) for i, o in enumerate(regime.others)]
    for at, term in terms:
        yield f"{at}.after", term.after
        yield from ((f"{at}.sooner[{i}].after", end.after) for i, end in enumerate(term.sooner))


def _filing(
    after: str, regime: Regime, regimes: Sequence[Regime], *, at: str
) -> Iterator[InvalidInput]:
    if not after.startswith(REPORT):
        return
    other, _, rule = named(after, regime.id).partition(":")
    reports = [report.id for each in regimes if each.id == other for report in each.reports]
    if rule not in reports:
        message = f"there is no report {rule} of {other}"
        fix = f"one of: {', '.join(dict.fromkeys(reports))}" if reports else "name a regime"
        yield InvalidInput(message, field=at, fix=fix)


def _elsewhere(name: str, regimes: Sequence[Regime], *, at: str) -> Iterator[InvalidInput]:
    """Tell a duty of another regime that is not there; those of the own one were looked up."""
    if name.partition(":")[0] in tuple(Addressee):
        return
    other = name.partition(":")[0]
    known = [duty for each in regimes if each.id == other for duty in _duties(each)]
    if name not in known:
        message = f"there is no duty {name}"
        fix = (
            f"one of: {', '.join(dict.fromkeys(known))}" if known else f"there is no regime {other}"
        )
        yield InvalidInput(message, field=at, fix=fix)


def _duties(regime: Regime) -> Iterator[str]:
    head = regime.id
    yield from (f"{head}:authority:{r.phase.value}" for r in regime.reports)
    yield from (f"{head}:authority:{r.phase.value}:{r.id}" for r in regime.reports)
    yield from (f"{head}:{Addressee.INDIVIDUALS}", f"{head}:{Addressee.PUBLIC}")
    yield from (f"{head}:other:{other.id}" for other in regime.others)

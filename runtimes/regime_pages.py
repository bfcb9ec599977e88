"""What a reader is shown of regimes: one line of each, or all that one of them says."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tocsin.regimes.load import load_regimes
from tocsin.rules.condition_words import condition_lines, deadline_lines, term_words
from tocsin.rules.versions import unverified, version_of
from tocsin.runtimes.regime_pack import written_rules
from tocsin.schemas.duty import PublicMode
from tocsin.schemas.errors import NotFound
from tocsin.schemas.regime import NoticeRule, OtherRule, PublicRule, Regime, ReportRule, Rule

_BESIDE = {
    PublicMode.AND: "beside the notices",
    PublicMode.INSTEAD: "may stand in place of notices",
}


def listed(extra: Path | None = None) -> list[dict[str, Any]]:
    """Return every version of every regime in short."""
    return [_short(regime) for regime in load_regimes(extra)]


def shown(name: str, extra: Path | None = None) -> list[dict[str, Any]]:
    """Return all that the versions of one regime say; NotFound names those of a similar id."""
    regimes = load_regimes(extra)
    versions = [regime for regime in regimes if regime.id == name.upper()]
    if not versions:
        ids = list(dict.fromkeys(regime.id for regime in regimes))
        near = get_close_matches(name.upper(), ids, n=3, cutoff=0.5)
        fix = f"did you mean {' or '.join(near)}?" if near else "see `tocsin regime list`"
        message = f"there is no regime {name}"
        raise NotFound(message, field="ID", fix=fix)
    return [_whole(regime) for regime in versions]


def _short(regime: Regime) -> dict[str, Any]:
    rules = written_rules(regime)
    return {
        "id": regime.id,
        "name": regime.name,
        "valid_from": regime.valid_from,
        "valid_to": regime.valid_to,
        "status": regime.status,
        "confidence": regime.confidence,
        "tells_people": regime.tells_people,
        "people": term_words(regime.individuals.deadline) if regime.tells_people else "",
        "reports": [
            {"phase": r.phase, "to": r.to, "rule": r.id, "deadline": term_words(r.deadline)}
            for r in regime.reports
        ],
        "rules": len(rules),
        "unverified": [rule.id for rule in rules if unverified(rule, regime)],
    }


def _whole(regime: Regime) -> dict[str, Any]:
    return {
        **_short(regime),
        "version": version_of(regime),
        "residences": regime.residences,
        "establishments": regime.establishments,
        "holidays": regime.holidays,
        "authority": regime.authority,
        "covers": regime.covers,
        "sources": regime.sources,
        "register": {"cite": regime.register_cite, "months": regime.register_months},
        "rules": [_rule(rule, regime) for rule in written_rules(regime)],
        "order": regime.order,
        "holds": regime.holds,
        "guardians": regime.guardians,
        "next_of_kin": regime.next_of_kin,
        "pending": regime.pending,
        "notes": regime.notes,
    }


def _rule(rule: Rule, regime: Regime) -> dict[str, Any]:
    deadline = rule.deadline if isinstance(rule, ReportRule | NoticeRule | OtherRule) else None
    return {
        "id": rule.id,
        "about": _about(rule),
        "when": condition_lines(rule.when),
        "owed_by": rule.owed_by,
        "reason": rule.reason,
        "reason_not": rule.reason_not,
        "cite": rule.cite,
        "deadline": [] if deadline is None else deadline_lines(deadline),
        "confidence": rule.confidence or regime.confidence,
        "basis": rule.basis,
        "unverified": unverified(rule, regime),
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "assumes": [f"{a.fact} is {_said(a.value)}: {a.because}" for a in rule.assumes],
        **_content(rule),
    }


def _about(rule: Rule) -> str:
    match rule:
        case ReportRule():
            return f"{rule.phase.value} report to {rule.to}"
        case NoticeRule():
            return "notice to individuals"
        case PublicRule():
            return f"announcement, {_BESIDE[rule.mode]}"
        case OtherRule():
            return f"to {rule.who}"
        case _:
            return "when it applies"


def _content(rule: Rule) -> dict[str, Any]:
    match rule:
        case ReportRule():
            return {"content": rule.content, "form": rule.form, "replaces": rule.replaces}
        case NoticeRule():
            return {
                "content": rule.content,
                "forbidden": rule.forbidden,
                "channels": rule.channels,
                "by_agreement": rule.by_agreement,
            }
        case PublicRule():
            return {"content": rule.content, "forms": rule.forms, "term_days": rule.term_days}
        case OtherRule():
            return {"content": rule.content, "states_over": rule.states_over}
        case _:
            return {}


def _said(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"

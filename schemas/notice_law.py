"""What the regimes of one text ask of it together: content, what is forbidden, the longest term.

Kinds of data decide some of it: `only_with` of a regime, or else what is usual.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from tocsin.schemas.data_kinds import CREDIT_IDENTIFIERS, DataKind
from tocsin.schemas.regime import NoticeRule, PublicRule

USUAL_KINDS: Mapping[str, Collection[DataKind]] = MappingProxyType(
    {
        "CRA_CONTACTS": CREDIT_IDENTIFIERS,
        "CREDIT_MONITORING": CREDIT_IDENTIFIERS | {DataKind.PASSPORT, DataKind.IMMIGRATION},
    }
)
"""Content code -> the kinds of data with one of which it is asked, unless a regime says otherwise
(Cal. Civ. Code 1798.82(d)(2)(F), (G))."""


def asked_with(code: str, rule: NoticeRule | None, kinds: Collection[DataKind]) -> bool:
    """Whether one of the kinds is among those with which alone a rule asks for a content code."""
    own = None if rule is None else rule.only_with.get(code)
    needed = USUAL_KINDS.get(code, ()) if own is None else own
    return not needed or bool(set(needed) & set(kinds))


def asked_of(
    regimes: Sequence[str], rules: Mapping[str, NoticeRule], kinds: Collection[DataKind]
) -> frozenset[str]:
    """Return the content codes that any of the regimes asks of a notice about these kinds."""
    named = [rules[regime] for regime in regimes if regime in rules]
    return frozenset(c for rule in named for c in rule.content if asked_with(c, rule, kinds))


def asked_in_public(
    regimes: Sequence[str],
    rules: Mapping[str, NoticeRule],
    public: Mapping[str, PublicRule],
    kinds: Collection[DataKind],
) -> frozenset[str]:
    """Return what an announcement says for its regimes: what each asks of it, and of a notice.

    A law that says nothing of an announcement's content has the notice itself posted.
    """
    named = {code for regime in regimes if regime in public for code in public[regime].content}
    return asked_of(regimes, rules, kinds) | named


def forbidden_to(
    regimes: Sequence[str], rules: Mapping[str, NoticeRule], told: str
) -> tuple[str, ...]:
    """Return the regimes that forbid a content code and give way to none that asks for it."""
    asking = {regime for regime in regimes if regime in rules and told in rules[regime].content}
    return tuple(
        regime
        for regime in regimes
        if regime in rules
        and f"NO_{told}" in rules[regime].forbidden
        and not asking & set(rules[regime].yields_to)
    )


def all_forbid(regimes: Sequence[str], rules: Mapping[str, NoticeRule], told: str) -> bool:
    """Whether every regime of a page for the public forbids a content code, so that it goes."""
    return bool(regimes) and set(regimes) == set(forbidden_to(regimes, rules, told))


def monitoring_months(regimes: Sequence[str], rules: Mapping[str, NoticeRule]) -> int | None:
    """Return how long credit monitoring has to be offered: by the strictest of the regimes."""
    named = (rules[regime].monitoring_months for regime in regimes if regime in rules)
    return max((months for months in named if months is not None), default=None)

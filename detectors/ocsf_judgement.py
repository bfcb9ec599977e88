"""Whether an OCSF event concerns personal data, with the reason; and what kinds it hints at.

Class, category and status numbers are those of the OCSF schema 1.9 (and 1.x before it).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tocsin.detectors.ocsf_fields import block, blocks, finding_of, number, texts
from tocsin.detectors.ocsf_words import kinds_named, names_personal_data
from tocsin.schemas.data_kinds import DataKind

_FINDINGS = 2
_LEGACY, _VULNERABILITY, _COMPLIANCE, _INCIDENT, _DATA_SECURITY = 2001, 2002, 2003, 2005, 2006
_CLASSIFIED_PERSONAL: Mapping[int, str] = {1: "personal", 2: "governmental", 3: "financial"}
"""`data_classification.category_id`: personal, identity numbers, cards and accounts."""
_SET_ASIDE_STATUS = frozenset({3, 6})
"""`status_id` of a finding: suppressed as benign or false, deleted. Resolved is not set aside: what
leaked has leaked."""
_SET_ASIDE_VERDICT = frozenset({1, 5, 6})
"""`verdict_id`: false positive, benign, test."""
_SUPPRESSED = 4
"""`activity_id` of a data security finding until OCSF 1.4."""
_STORES = ("databucket", "database", "table", "file", "device", "resource")
_CHECKS = ("ensure ", "check if ", "check that ", "check for ", "check whether ")
_DLP = ("dlp", "data loss prevention", "data leak prevention", "macie", "purview", "dspm")


class Judgement(NamedTuple):
    """Whether personal data is concerned (None: cannot be told), why, and which kinds."""

    concerns: bool | None
    reason: str
    kinds: tuple[DataKind, ...] = ()


def judge(event: Mapping[str, Any]) -> Judgement:
    """Return the judgement of one event. Unknown stays unknown: a person looks at it."""
    said = tuple(_said(event))
    found = tuple(_classified(event))
    data_class = number(event.get("class_uid")) == _DATA_SECURITY
    kinds = kinds_named(found, classified=True)
    kinds = tuple(dict.fromkeys((*kinds, *kinds_named(said, classified=data_class))))
    ordered = tuple(kind for kind in DataKind if kind in kinds)
    set_aside = _set_aside(event)
    if set_aside:
        return Judgement(concerns=False, reason=set_aside, kinds=ordered)
    concerns, reason = _concerns(event, said=said, found=found, found_kinds=bool(kinds))
    return Judgement(concerns, reason, ordered)


def _concerns(
    event: Mapping[str, Any], *, said: tuple[str, ...], found: tuple[str, ...], found_kinds: bool
) -> tuple[bool | None, str]:
    """Return the first row whose condition holds: the surest sign stands first."""
    category = next((c for c in _categories(event) if c in _CLASSIFIED_PERSONAL), 0)
    category_name = _CLASSIFIED_PERSONAL.get(category or 0, "")
    named = names_personal_data((*said, *found))
    check = _is_check(event)
    activity = number(event.get("category_uid")) not in {_FINDINGS, None}
    rows: tuple[tuple[bool, bool | None, str], ...] = (
        (
            number(event.get("class_uid")) == _DATA_SECURITY,
            True,
            "a data security finding (class 2006)",
        ),
        (bool(category_name), True, f"the data is classified as {category_name}"),
        (
            bool(found) and (named or found_kinds),
            True,
            "a classifier found kinds of personal data",
        ),
        (
            check and named,
            None,
            "names personal data, but tells a setting: is data exposed by it?",
        ),
        (check, False, "tells a setting or a weakness, not that data got out"),
        (named, True, "its title or type names personal data"),
        (_is_dlp(event), True, "a product that watches for leaks of data reports it"),
        (activity, None, "an activity, not a finding: nothing in it names personal data"),
        (True, None, "nothing in the finding names personal data"),
    )
    return next((concerns, reason) for holds, concerns, reason in rows if holds)


def _set_aside(event: Mapping[str, Any]) -> str:
    """Return why its own detector takes the event back; empty when it does not."""
    status, activity = number(event.get("status_id")), number(event.get("activity_id"))
    kind = number(event.get("class_uid"))
    if kind == _LEGACY and status is None:
        status = number(event.get("state_id"))
    # 3 of an incident finding means on hold
    if status in _SET_ASIDE_STATUS and kind != _INCIDENT:
        return "its detector suppressed or deleted the finding"
    if kind == _DATA_SECURITY and activity == _SUPPRESSED:
        return "its detector suppressed or deleted the finding"
    if number(event.get("verdict_id")) in _SET_ASIDE_VERDICT:
        return "its detector judged it false, benign or a test"
    words = {t.casefold() for t in texts(event.get("status_code"))}
    words |= {t.casefold() for t in texts(block(event, "compliance").get("status"))}
    if words & {"pass", "passed"}:
        return "a check that passed"
    return ""


def _is_check(event: Mapping[str, Any]) -> bool:
    kind = number(event.get("class_uid"))
    titles = (t.casefold() for t in texts(finding_of(event).get("title")))
    return (
        kind in {_VULNERABILITY, _COMPLIANCE}
        or bool(block(event, "compliance"))
        or any(title.startswith(_CHECKS) for title in titles)
    )


def _is_dlp(event: Mapping[str, Any]) -> bool:
    product = block(event, "metadata", "product")
    names = (t for key in ("name", "uid", "vendor_name") for t in texts(product.get(key)))
    feature = texts(block(product, "feature").get("name"))
    words = " ".join((*names, *feature)).casefold()
    return any(f" {word} " in f" {words.replace('-', ' ').replace('/', ' ')} " for word in _DLP)


def _said(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield the detector's words for the finding; descriptions tell what a check is good for."""
    info = finding_of(event)
    for value in (info.get("title"), info.get("types"), event.get("message")):
        yield from texts(value)
    yield from texts(block(info, "analytic").get("name"))


def _classifications(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    places = [event, *(block(event, name) for name in _STORES), *blocks(event.get("resources"))]
    for place in places:
        for name in ("data_security", "data_classification", "data_classifications"):
            yield from blocks(place.get(name))


def _categories(event: Mapping[str, Any]) -> Iterator[int | None]:
    return (number(each.get("category_id")) for each in _classifications(event))


def _classified(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield what classifiers say that they found: types and policies, never the values found."""
    for each in _classifications(event):
        yield from texts(each.get("category"))
        for name in ("classifier_details", "policy"):
            yield from texts(block(each, name).get("name"))
            yield from texts(block(each, name).get("type"))
        for detail in blocks(each.get("discovery_details")):
            yield from texts(detail.get("type"))

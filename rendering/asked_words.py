"""Words that a law asks of a notice beside the story, each where it stands and under its condition.

Around the story: whether law enforcement held the notice back, who has the data, why it comes late,
that another one follows. Beside the rights: the authorities. What nobody asks for is not said.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tocsin.rendering.advice_catalogue import catalogue
from tocsin.rendering.contact import rights, rights_codes
from tocsin.rendering.locales import Messages
from tocsin.rendering.story import passages
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident_facts import Confidentiality
from tocsin.schemas.notice import NoticeContext


class Line(NamedTuple):
    """A line of a text, and the content codes that it has words for."""

    text: str
    lang: str = ""
    holds: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    """Of which it says that they are not known, or only in part."""


def around_the_story(
    asked: frozenset[str], context: NoticeContext, t: Messages, *, silent: bool = False
) -> tuple[Line, ...]:
    """Return what stands after what happened; `silent`: nothing that tells more of that."""
    incident = context.incident
    lines = [*_held_back(incident.facts.law_enforcement_delay, asked, t)]
    if "THIRD_PARTY_ID" in asked and not silent:
        lines += _who_has_it(context, t)
    if "DELAY_REASON" in asked:
        lines += _narrative(incident.narratives.why_late, "DELAY_REASON", t)
    if "FOLLOWUP_PROMISE" in asked and incident.facts.leak_is_open:
        lines.append(Line(t("notice.follows"), holds=("FOLLOWUP_PROMISE",)))
    return tuple(lines)


def _held_back(fact: Fact[bool], asked: frozenset[str], t: Messages) -> Iterator[Line]:
    """Say whether law enforcement held the notice back; nothing while nobody has said so."""
    if "LE_DELAY_STATED" not in asked:
        return
    held = {True: "held_back", False: "not_held_back", None: ""}[fact.value]
    if fact.state is FactState.NOT_APPLICABLE:
        held = "not_held_back"
    if fact.state is FactState.CANNOT_BE_DETERMINED:
        held = "held_back_unknown"
    if held:
        yield Line(t(f"notice.{held}"), holds=("LE_DELAY_STATED",))


def _who_has_it(context: NoticeContext, t: Messages) -> Iterator[Line]:
    """Name who has the data, or say that it is not known; nothing where it is, and not written."""
    written = tuple(_narrative(context.incident.narratives.who_has_it, "THIRD_PARTY_ID", t))
    spread = context.incident.facts.confidentiality.value
    if written:
        yield from written
    elif spread in {None, Confidentiality.UNKNOWN_RECIPIENTS}:
        yield Line(t("notice.who_has_it_unknown"), holds=("THIRD_PARTY_ID",))


def _narrative(text: Mapping[str, str], code: str, t: Messages) -> Iterator[Line]:
    for passage in passages([dict(text)], t):
        for line in passage.paragraphs:
            yield Line(line, passage.lang, holds=(code,))


def turned_to(
    regimes: Sequence[str], asked: frozenset[str], context: NoticeContext, t: Messages
) -> tuple[Line, ...]:
    """Return whom people can complain to and what they can claim, each line once."""
    ours = context.organisation.authorities
    codes = rights_codes(regimes, ours)
    lines = [Line(text, holds=codes) for text in rights(regimes, ours, t)]
    named = {**context.authorities, **ours}
    for code, key in _OF_AUTHORITIES.items():
        asking = [r for r in regimes if code in _asked_by(r, context) and r in named]
        if code in asked:
            lines += [Line(t(key, authority=named[r]), holds=(code,)) for r in asking]
    if "LEGAL_REMEDY" in asked and "LEGAL_REMEDY" not in codes:
        lines.append(Line(t("rights.remedy"), holds=("LEGAL_REMEDY",)))
    return tuple(dict.fromkeys(lines))


_OF_AUTHORITIES = {
    "REGULATOR_INFORMED": "rights.informed",
    "COMPLAINT_RIGHT": "rights.complain",
}


def state_agencies(
    regimes: Sequence[str], asked: frozenset[str], context: NoticeContext, t: Messages
) -> Iterator[Line]:
    """Yield the authority of each state whose law asks to name it, with its site where known.

    Telephone and address are known of the organisation's own words alone: the pack holds none, and
    a law that asks for them is met in part then.
    """
    if "STATE_AGENCY_CONTACT" not in asked:
        return
    ours, sites = context.organisation.authorities, catalogue().authority_sites
    for regime in regimes:
        if "STATE_AGENCY_CONTACT" not in _asked_by(regime, context):
            continue
        if (own := ours.get(regime, "")) and _reachable(own):
            yield Line(own, holds=("STATE_AGENCY_CONTACT",))
            continue
        name = own or context.authorities.get(regime, "") or t("notice.attorney_general")
        site = sites.get(regime, "")
        text = t("notice.authority_online", name=name, site=site) if site else name
        yield Line(text[:1].upper() + text[1:], pending=("STATE_AGENCY_CONTACT",))


_FEWEST_DIGITS = 7


def _reachable(own: str) -> bool:
    """Whether an organisation's words on an authority hold a telephone number."""
    return sum(c.isdigit() for c in own) >= _FEWEST_DIGITS


def _asked_by(regime: str, context: NoticeContext) -> tuple[str, ...]:
    rule, public = context.rules.get(regime), context.public_rules.get(regime)
    return (*(rule.content if rule else ()), *(public.content if public else ()))

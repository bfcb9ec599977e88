"""The alert in the Common Alerting Protocol 1.2 (OASIS, July 2010): Alert, Update, Cancel.

How an incident is put into its closed words stands in `docs/announcement.md`. A message holds what
the page holds, never a person, and is never signed as of an authority: its scope is that of a
company that tells its own customers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from tocsin.rendering.advice import select_advice
from tocsin.rendering.announced_files import ENDED_SLOT, announcement_file
from tocsin.rendering.contact import contact, country_of
from tocsin.rendering.locales import Messages, messages, words
from tocsin.rendering.notice import kind_labels
from tocsin.rendering.told import told_in_public
from tocsin.rendering.xml_text import add, add_paragraphs, document
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.notice import NoticeContext

_NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
_MOST_HEADLINE = 160
"""Characters that a headline should not pass (section 3.2.2)."""


def cap_time(at: datetime) -> str:
    """Return a time to the minute, as pages have it; CAP writes UTC as `-00:00` (section 3.3.2)."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}:00-00:00"


def cap_identifier(context: NoticeContext, round_id: str) -> str:
    """Return the identifier of a round's message: no spaces, commas, `<` or `&`."""
    return f"{context.organisation.site}.{round_id.replace('/', '.')}"


def cap_alert(
    context: NoticeContext,
    *,
    kinds: Sequence[DataKind],
    regimes: Sequence[str],
    locales: Sequence[str],
) -> bytes:
    """Return the message that stands beside an announcement, one `info` per locale.

    It is an Alert; an Update that refers to what was announced before; or, where that is taken
    back, a Cancel.
    """
    publication = context.publication
    before = publication.announced_before
    kind = "Alert"
    if before:
        kind = "Cancel" if publication.retracted else "Update"
    root = _message(context, kind, context.round_id, sent=cap_time(context.dated))
    earlier = [(e.round_id, cap_time(e.dated)) for e in before]
    _relations(root, context, earlier)
    for locale in locales:
        t = messages(locale)
        info = _info(root, t, urgency="Past" if kind == "Cancel" else urgency_of(kinds))
        add(info, "severity", severity_of(kinds))
        add(info, "certainty", certainty_of(context.incident.facts))
        _source(info, context, t)
        _told(info, context, t, kinds=kinds, regimes=regimes)
        _place(info, context, t)
    return document(root)


def cap_end(context: NoticeContext, *, locales: Sequence[str]) -> bytes:
    """Return the Cancel for the end of the term. Its time is a slot, filled in when it ends."""
    root = _message(context, "Cancel", f"{context.round_id}/end", sent=ENDED_SLOT)
    note = SubElement(root, "note")
    note.text = messages(locales[0])("announcement.ended_still")
    before = [(e.round_id, cap_time(e.dated)) for e in context.publication.announced_before]
    _relations(root, context, [*before, (context.round_id, cap_time(context.dated))])
    for locale in locales:
        t = messages(locale)
        info = _info(root, t, urgency="Past")
        add(info, "severity", "Unknown")
        add(info, "certainty", "Unknown")
        _source(info, context, t)
        add(info, "headline", _headline(context, t("announcement.ended"), t))
        add(info, "description", t("announcement.ended_still"))
        _place(info, context, t)
    return document(root)


def urgency_of(kinds: Sequence[DataKind]) -> str:
    """Return how soon people should act: `Expected` where secrets can still be changed.

    `Immediate` is for danger to life: no data breach is said to be that by itself.
    """
    return "Expected" if any(kind in _CHANGEABLE for kind in kinds) else "Future"


def severity_of(kinds: Sequence[DataKind]) -> str:
    """Return the threat to life or property: `Moderate` from identity and money up, else `Minor`.

    `Severe` and `Extreme` are left to people: nothing that is known here says so of everybody.
    """
    grave = any(SENSITIVITY[kind] is not Sensitivity.S1 for kind in kinds)
    return "Moderate" if grave else "Minor"


def certainty_of(facts: IncidentFacts) -> str:
    """Return how sure it is that data was touched, of what may be published of it."""
    found = [_certainty(f) for f in (facts.confidentiality, facts.integrity, facts.availability)]
    return next((word for word in ("Observed", "Likely", "Possible") if word in found), "Unknown")


def _certainty(fact: Fact[Any]) -> str:
    if not fact.may_publish or fact.value == "not_lost":
        return ""
    return {
        FactState.KNOWN: "Observed",
        FactState.ESTIMATED: "Likely",
        FactState.BEING_DETERMINED: "Possible",
    }.get(fact.state, "")


_CHANGEABLE = frozenset(
    {
        DataKind.PASSWORD_PLAINTEXT,
        DataKind.PASSWORD_WEAK_HASH,
        DataKind.PASSWORD_STRONG_HASH,
        DataKind.SECURITY_QUESTIONS,
        DataKind.SESSION_TOKENS,
        DataKind.MFA_SECRETS,
        DataKind.API_KEYS,
        DataKind.CRYPTO_WALLET,
        DataKind.BANK_ACCOUNT,
        DataKind.PAYMENT_CARD_FULL,
        DataKind.PAYMENT_ACCOUNT,
        DataKind.ACCESS_CODE,
        DataKind.SMART_HOME,
    }
)
"""Kinds of data that stop being of use to others once people change or block them."""


def _message(context: NoticeContext, kind: str, round_id: str, *, sent: str) -> Element:
    root = Element("alert", {"xmlns": _NAMESPACE})
    add(root, "identifier", cap_identifier(context, round_id))
    add(root, "sender", context.organisation.site)
    add(root, "sent", sent)
    add(root, "status", "Exercise" if context.drill else "Actual")
    add(root, "msgType", kind)
    add(root, "scope", "Public")
    return root


def _relations(root: Element, context: NoticeContext, earlier: Sequence[tuple[str, str]]) -> None:
    """Name the messages that this one is about, and the incident."""
    sender = context.organisation.site
    named = [f"{sender},{cap_identifier(context, name)},{sent}" for name, sent in earlier]
    if named:
        add(root, "references", " ".join(named))
    add(root, "incidents", context.incident_id)


def _info(root: Element, t: Messages, *, urgency: str) -> Element:
    info = SubElement(root, "info")
    add(info, "language", t.locale)
    add(info, "category", "Security")
    add(info, "event", t("announcement.cap_event"))
    if urgency != "Past":
        add(info, "responseType", "Monitor")
    add(info, "urgency", urgency)
    return info


def _source(info: Element, context: NoticeContext, t: Messages) -> None:
    add(info, "senderName", contact(context.organisation, t).legal_name)


def _told(
    info: Element,
    context: NoticeContext,
    t: Messages,
    *,
    kinds: Sequence[DataKind],
    regimes: Sequence[str],
) -> None:
    us, story = contact(context.organisation, t), told_in_public(regimes, kinds, context, t).story
    advice = select_advice(
        kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of(regimes),
    )
    named = t.listed(kind_labels(kinds, t, disclosure=Disclosure.SEALED))
    happened = (line for passage in story.happened for line in passage.paragraphs)
    first = advice.tiers[0][1] if advice.tiers else ()
    steps = tuple(
        words(step.text, t.locale).format(org=us.brand, site=us.site, code=context.public_code)
        for step in first
    )
    add(info, "headline", _headline(context, t("announcement.lead", org=us.brand), t))
    kinds_line = f"{t('announcement.kinds')}{t('colon')}{named}"
    add_paragraphs(info, "description", (*happened, kinds_line))
    add_paragraphs(info, "instruction", (*steps, t("announcement.ask_elsewhere")))


def _headline(context: NoticeContext, text: str, t: Messages) -> str:
    marked = (t("drill.prefix") if context.drill else "") + text
    return marked if len(marked) <= _MOST_HEADLINE else f"{marked[: _MOST_HEADLINE - 1]}…"


def _place(info: Element, context: NoticeContext, t: Messages) -> None:
    """Say where to read more, whom to ask, and whom it is about."""
    organisation = context.organisation
    if context.publication.address:
        add(info, "web", context.publication.address + announcement_file(t.locale))
    reach = [organisation.contact_email, organisation.contact_phone]
    add(info, "contact", ", ".join(way for way in reach if way))
    area = SubElement(info, "area")
    add(area, "areaDesc", t("announcement.area", org=contact(organisation, t).brand))

"""The feed of an incident's announcement (Atom, RFC 4287): one entry per locale."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from tocsin.rendering.announced_files import ENDED_SLOT, FEED, INDEX, announcement_file
from tocsin.rendering.contact import contact
from tocsin.rendering.locales import Messages, messages
from tocsin.rendering.story import tell
from tocsin.rendering.xml_text import add, document
from tocsin.schemas.notice import NoticeContext

_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANG = "xml:lang"


def feed(
    context: NoticeContext, *, locales: Sequence[str], ended: bool = False, silent: bool = False
) -> bytes:
    """Return the feed. Its ids stay as they are over all rounds, so readers see an update.

    `ended`: the feed once the term is over; the time of that is a slot. `silent`: no law of its
    readers lets it tell what happened.
    """
    updated = ENDED_SLOT if ended else _time(context.dated)
    address = context.publication.address
    t = messages(locales[0])
    root = Element("feed", {"xmlns": _NAMESPACE, _LANG: t.locale})
    add(root, "id", _tag(context))
    add(root, "title", _title(context, t, ended=ended))
    add(root, "updated", updated)
    add(add(root, "author"), "name", contact(context.organisation, t).legal_name)
    add(root, "link", rel="self", type="application/atom+xml", href=address + FEED)
    add(root, "link", rel="alternate", type="text/html", href=address + INDEX)
    for locale in locales:
        _entry(root, context, messages(locale), updated=updated, ended=ended, silent=silent)
    return document(root)


def _entry(
    root: Element, context: NoticeContext, t: Messages, *, updated: str, ended: bool, silent: bool
) -> None:
    us = contact(context.organisation, t)
    entry = add(root, "entry")
    entry.set(_LANG, t.locale)
    add(entry, "id", f"{_tag(context)}/{t.locale}")
    add(entry, "title", _title(context, t, ended=ended))
    before = context.publication.announced_before
    add(entry, "published", _time(before[0].dated if before else context.dated))
    add(entry, "updated", updated)
    page = context.publication.address + announcement_file(t.locale)
    add(entry, "link", rel="alternate", type="text/html", hreflang=t.locale, href=page)
    if ended:
        add(entry, "summary", t("announcement.ended_still"))
        return
    happened = () if silent else tell(context.incident, t).happened
    first = [line for passage in happened for line in passage.paragraphs]
    add(entry, "summary", t("gap").join((t("announcement.lead", org=us.brand), *first[:1])))


def _tag(context: NoticeContext) -> str:
    """Return the id of the feed (RFC 4151): it must not change when the pages move."""
    before = context.publication.follows
    year = (before[0].dated if before else context.dated).year
    return f"tag:{context.organisation.site},{year}:{context.incident_id}"


def _title(context: NoticeContext, t: Messages, *, ended: bool) -> str:
    us = contact(context.organisation, t)
    title = t("announcement.page_title", org=us.brand)
    if ended:
        title = f"{title} ({t('announcement.ended')})"
    return (t("drill.prefix") if context.drill else "") + title


def _time(at: datetime) -> str:
    """Return a time to the minute, as the pages have it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}:00Z"

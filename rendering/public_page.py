"""What all public pages of an incident have in common: head, languages, date, code."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tocsin.rendering.contact import contact
from tocsin.rendering.environment import render
from tocsin.rendering.instants import date_words, moment_words
from tocsin.rendering.instants import machine_time as machine
from tocsin.rendering.locales import DEFAULT, Messages, messages
from tocsin.rendering.locales import locales as every_locale
from tocsin.schemas.fact import Instant
from tocsin.schemas.locales import best_locale
from tocsin.schemas.notice import NoticeContext


class Link(NamedTuple):
    """A link to a page in another language."""

    locale: str
    label: str
    file: str


def page_locales(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the catalogues in which people of some locales are told, each once."""
    found = (best_locale(name, every_locale(), DEFAULT) for name in wanted)
    return tuple(dict.fromkeys(found)) or (DEFAULT,)


def links_to(locales: Sequence[str], file: Callable[[str], str]) -> tuple[Link, ...]:
    """Return a page's languages, each by its own name."""
    return tuple(Link(name, messages(name)("name"), file(name)) for name in locales)


def frame(context: NoticeContext, t: Messages, title: str) -> dict[str, object]:
    """Return what every page's template asks for."""
    return {
        "t": t,
        "lang": t.locale,
        "dir": t("dir"),
        "us": contact(context.organisation, t),
        "drill": context.drill,
        "title": (t("drill.prefix") if context.drill else "") + title,
        "code": context.public_code,
        "published": moment_words(context.dated, t),
        "published_day": date_words(context.dated, t),
        "published_machine": machine(Instant(at=context.dated)),
    }


def ended_page(context: NoticeContext, t: Messages, links: Sequence[Link], *, words: str) -> bytes:
    """Return what takes a page's place when the term ends; `words` is its branch of the texts."""
    us = contact(context.organisation, t)
    view = frame(context, t, t(f"{words}.ended"))
    lead = t(f"{words}.ended_lead", org=us.brand, date=date_words(context.dated, t))
    page = render(
        "announcement/ended.html", **view, heading=t(f"{words}.ended"), lead=lead, links=links
    )
    return page.encode()

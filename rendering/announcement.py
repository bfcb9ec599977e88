"""The announcement: static pages for the public, one per locale, without personal data."""

from collections.abc import Sequence

from tocsin.rendering.advice import select_advice
from tocsin.rendering.contact import Contact, contact, country_of, rights
from tocsin.rendering.environment import render
from tocsin.rendering.instants import machine_time, moment_words
from tocsin.rendering.locales import DEFAULT, Messages, messages, words
from tocsin.rendering.locales import locales as every_locale
from tocsin.rendering.notice import advice_view, kind_labels, require_story
from tocsin.rendering.story import tell
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.fact import Instant
from tocsin.schemas.locales import best_locale
from tocsin.schemas.notice import NoticeContext


def render_announcement(
    context: NoticeContext,
    *,
    cohort_kinds: tuple[DataKind, ...],
    regimes: tuple[str, ...],
    locales: Sequence[str],
    individual: bool,
) -> dict[str, bytes]:
    """Return the pages by file name: `announcement.<locale>.html`, and an `index.html` to them.

    The page tells the same facts as the notice; it names every kind of data, since no reader learns
    from it whether they are concerned. `individual`: people are also told one by one. Raises
    InvalidInput on `narratives.what_happened` when no language tells what happened.
    """
    require_story(context)
    names = _pages(locales)
    links = tuple((name, messages(name)("name"), f"announcement.{name}.html") for name in names)
    pages = {
        f"announcement.{name}.html": _page(
            context,
            messages(name),
            kinds=cohort_kinds,
            regimes=regimes,
            links=links,
            individual=individual,
        )
        for name in names
    }
    return {**pages, "index.html": _index(context, names, links)}


def _pages(wanted: Sequence[str]) -> tuple[str, ...]:
    found = (best_locale(name, every_locale(), DEFAULT) for name in wanted)
    return tuple(dict.fromkeys(found)) or (DEFAULT,)


def _page(
    context: NoticeContext,
    t: Messages,
    *,
    kinds: Sequence[DataKind],
    regimes: Sequence[str],
    links: Sequence[tuple[str, str, str]],
    individual: bool,
) -> bytes:
    us = contact(context.organisation, t)
    advice = select_advice(
        kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of(regimes),
    )
    text = render(
        "announcement/announcement.html",
        **_frame(context, t, us),
        links=links,
        individual=individual,
        story=tell(context.incident, t),
        kinds=kind_labels(kinds, t, disclosure=Disclosure.SEALED),
        harms=tuple(words(harm, t.locale) for harm in advice.harms),
        rights=rights(regimes, context.organisation.authorities, t),
        **advice_view(advice, t, org=us.brand, site=us.site, code=context.public_code),
    )
    return text.encode()


def _index(
    context: NoticeContext, names: Sequence[str], links: Sequence[tuple[str, str, str]]
) -> bytes:
    t = messages(names[0])
    titles = {name: messages(name)("announcement.title") for name in names}
    frame = _frame(context, t, contact(context.organisation, t))
    return render("announcement/index.html", **frame, links=links, titles=titles).encode()


def _frame(context: NoticeContext, t: Messages, us: Contact) -> dict[str, object]:
    return {
        "t": t,
        "lang": t.locale,
        "dir": t("dir"),
        "us": us,
        "drill": context.drill,
        "title": (t("drill.prefix") if context.drill else "")
        + t("announcement.page_title", org=us.brand),
        "code": context.public_code,
        "published": moment_words(context.dated, t),
        "published_machine": machine_time(Instant(at=context.dated)),
    }

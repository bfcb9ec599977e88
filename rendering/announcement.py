"""The announcement: static pages for the public, one per locale, without personal data."""

from collections.abc import Mapping, Sequence

from tocsin.rendering.advice import select_advice
from tocsin.rendering.announced_files import (
    ALERT,
    ENDED,
    FEED,
    INDEX,
    announcement_file,
    banner_file,
    genuine_file,
    press_file,
)
from tocsin.rendering.contact import contact, country_of
from tocsin.rendering.environment import render
from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages, in_locale, messages, words
from tocsin.rendering.marks import Marks
from tocsin.rendering.notice import advice_codes, advice_view, kind_labels, require_story
from tocsin.rendering.opening import opening_of
from tocsin.rendering.public_page import Link, ended_page, frame, links_to
from tocsin.rendering.told import silent_in_public, told_in_public
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.notice import NoticeContext


def render_announcement(
    context: NoticeContext,
    *,
    cohort_kinds: Sequence[DataKind],
    regimes: Sequence[str],
    locales: Sequence[str],
    one_by_one: OneByOne,
) -> dict[str, bytes]:
    """Return pages, banners and press texts of each locale, an `index.html`, and what ends them.

    The page tells the same facts as the notice; it names every kind of data, since no reader learns
    from it whether they are concerned. `locales` are those of catalogues. `one_by_one`: who is
    also told so. Raises InvalidInput on `narratives.what_happened` when no language tells
    what happened.
    """
    require_story(context)
    links = links_to(locales, announcement_file)
    files: dict[str, bytes] = {}
    for name in locales:
        t = messages(name)
        view = _view(context, t, kinds=cohort_kinds, regimes=regimes, one_by_one=one_by_one)
        page = _page(view, links, Marks())
        files[announcement_file(name)] = page.encode()
        files[press_file(name)] = render("announcement/press.txt", **view).encode()
        files[banner_file(name)] = _banner(context, t, silent=silent_in_public(regimes, context))
        files[ENDED + announcement_file(name)] = _ended(context, t, links)
    files[INDEX] = _index(context, locales, links, ended=False)
    files[ENDED + INDEX] = _index(context, locales, links, ended=True)
    return files


def said_in_public(
    context: NoticeContext,
    *,
    cohort_kinds: Sequence[DataKind],
    regimes: Sequence[str],
    locales: Sequence[str],
    one_by_one: OneByOne,
) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return locale -> the content codes that its page has words for, and those it leaves open."""
    said = {}
    for name in locales:
        mark = Marks()
        kinds = cohort_kinds
        view = _view(context, messages(name), kinds=kinds, regimes=regimes, one_by_one=one_by_one)
        _page(view, (), mark)
        said[name] = (mark.holds, mark.waits)
    return said


def _page(view: Mapping[str, object], links: Sequence[Link], mark: Marks) -> str:
    return render("announcement/announcement.html", **view, links=links, mark=mark)


def _view(
    context: NoticeContext,
    t: Messages,
    *,
    kinds: Sequence[DataKind],
    regimes: Sequence[str],
    one_by_one: OneByOne,
) -> dict[str, object]:
    told = told_in_public(regimes, kinds, context, t)
    us = told.us
    advice = select_advice(
        kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of(regimes),
    )
    return {
        **frame(context, t, t("announcement.page_title", org=us.brand)),
        "one_by_one": one_by_one,
        "follows": _follows(context, t),
        "opening": opening_of(context, t.speaking_to(RecipientKind.SELF.value, context.kind)),
        "call": _call(context, t),
        "genuine": genuine_file(t.locale),
        "address": context.publication.address,
        "us": us,
        "story": told.story,
        "around": told.around,
        "silent": told.silent,
        "tells_measures": told.tells_measures,
        "help": told.help,
        "advice_codes": advice_codes(advice),
        "kinds": kind_labels(kinds, t, disclosure=Disclosure.SEALED),
        "harms": tuple(words(harm, t.locale) for harm in advice.harms),
        "rights": told.rights,
        **advice_view(advice, t, org=us.brand, site=us.site, code=context.public_code),
    }


def _follows(context: NoticeContext, t: Messages) -> str:
    """Return what this page is to the announcement before it; empty for the first one."""
    before = context.publication.announced_before
    if not before:
        return ""
    how = "announcement.retracted" if context.publication.retracted else "announcement.updated"
    return t(how, date=date_words(before[-1].dated, t))


def _call(context: NoticeContext, t: Messages) -> str:
    phone = context.organisation.contact_phone
    hours = in_locale(context.organisation.contact_hours, t.locale)
    if phone is None:
        return ""
    if hours is None or hours.lang != t.locale:
        return t("announcement.call", phone=phone)
    return t("announcement.call_hours", phone=phone, hours=hours.text)


def _banner(context: NoticeContext, t: Messages, *, silent: bool) -> bytes:
    view = frame(context, t, t("announcement.banner"))
    # A front page lies elsewhere: without an address the folder of all incidents is assumed.
    folder = context.publication.address or f"{context.incident_id}/"
    href = folder + announcement_file(t.locale)
    link = t("announcement.banner_link_silent" if silent else "announcement.banner_link")
    text = render("announcement/banner.html", **view, heading=view["title"], href=href, link=link)
    return text.encode()


def _ended(context: NoticeContext, t: Messages, links: Sequence[Link]) -> bytes:
    return ended_page(context, t, links, words="announcement")


def _index(
    context: NoticeContext, locales: Sequence[str], links: Sequence[Link], *, ended: bool
) -> bytes:
    t = messages(locales[0])
    name = "announcement.ended" if ended else "announcement.title"
    us = contact(context.organisation, t)
    view = frame(context, t, t("announcement.page_title", org=us.brand))
    text = render(
        "announcement/index.html",
        **view,
        heading=t(name),
        lead=t("announcement.ended_lead", org=us.brand, date=view["published_day"])
        if ended
        else t("announcement.lead", org=us.brand),
        links=links,
        titles={locale: messages(locale)(name) for locale in locales},
        genuine=() if ended else _genuine_links(locales),
        more=_more_links(context, locales, ended=ended),
    )
    return text.encode()


def _genuine_links(locales: Sequence[str]) -> tuple[Link, ...]:
    return tuple(
        Link(name, messages(name)("genuine.title"), genuine_file(name)) for name in locales
    )


def _more_links(context: NoticeContext, locales: Sequence[str], *, ended: bool) -> tuple[Link, ...]:
    """Return what others take from here: the text for the media, the feed, the alert."""
    brands = {name: contact(context.organisation, messages(name)).brand for name in locales}
    press = (
        Link(name, messages(name)("press.title", org=brands[name]), press_file(name))
        for name in locales
    )
    machines = (Link(locales[0], "Atom", FEED), Link(locales[0], "CAP 1.2", ALERT))
    return machines if ended else (*press, *machines)

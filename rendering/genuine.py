"""The page "Is this notice real?": how a round's messages look, for whoever doubts one.

The page is the same for everybody. It names the incident and its codes, but neither what happened
nor whose data it was: a round that is told one by one is not announced by it.
"""

from collections.abc import Iterable, Sequence

from tocsin.rendering.announced_files import ENDED, INDEX, genuine_file
from tocsin.rendering.contact import contact
from tocsin.rendering.environment import REFERENCE_SLOT, paragraphs, render
from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages, messages
from tocsin.rendering.public_page import ended_page, frame, links_to, page_locales
from tocsin.schemas.channels import Channel
from tocsin.schemas.notice import NoticeContext, OpenText

_WITH_SENDER = frozenset({Channel.SMS, Channel.CALL})
"""Channels whose sender may be unknown here; that of the others is the organisation."""


def render_genuine(
    context: NoticeContext,
    *,
    channels: Sequence[Channel],
    open_texts: Sequence[OpenText],
    locales: Sequence[str],
) -> dict[str, bytes]:
    """Return the page in each locale, and what takes its place when the term ends.

    `channels` are those on which people may be told, `open_texts` what is said on them.
    """
    links = links_to(locales, genuine_file)
    files: dict[str, bytes] = {}
    for name in locales:
        t = messages(name)
        us = contact(context.organisation, t)
        page = render(
            "announcement/genuine.html",
            **frame(context, t, t("genuine.page_title", org=us.brand)),
            links=links,
            incident=context.incident_id,
            earlier=_codes(context, t),
            since=date_words(context.dated, t),
            since_machine=context.dated.date().isoformat(),
            ways=tuple(_way(channel, context, t) for channel in channels),
            texts=_texts(open_texts, context, t),
        )
        files[genuine_file(name)] = page.encode()
        files[ENDED + genuine_file(name)] = ended_page(context, t, links, words="genuine")
    return files


def render_genuine_index(context: NoticeContext, *, locales: Sequence[str]) -> bytes:
    """Return the `index.html` of a round that has no announcement."""
    t = messages(locales[0])
    us = contact(context.organisation, t)
    text = render(
        "announcement/index.html",
        **frame(context, t, t("genuine.page_title", org=us.brand)),
        heading=t("genuine.title"),
        lead=t("genuine.lead", org=us.brand),
        links=links_to(locales, genuine_file),
        titles={name: messages(name)("genuine.title") for name in locales},
        genuine=(),
        more=(),
    )
    return text.encode()


def render_genuine_alone(
    context: NoticeContext,
    *,
    channels: Sequence[Channel],
    open_texts: Sequence[OpenText],
    locales: Sequence[str],
) -> dict[str, bytes]:
    """Return the public files of a round without an announcement; its locales are the people's."""
    names = page_locales(locales)
    files = render_genuine(context, channels=channels, open_texts=open_texts, locales=names)
    if any(earlier.announced for earlier in context.publication.follows):
        return files  # the folder's index is the announcement's
    ended = files[ENDED + genuine_file(names[0])]
    return {
        **files,
        INDEX: render_genuine_index(context, locales=names),
        ENDED + INDEX: ended,
    }


def _codes(context: NoticeContext, t: Messages) -> tuple[str, ...]:
    """Return the codes of all rounds with their days, oldest first; none where there is one."""
    before = [(earlier.public_code, earlier.dated) for earlier in context.publication.follows]
    if not before:
        return ()
    return tuple(
        t("genuine.code_of", code=code, date=date_words(dated, t))
        for code, dated in (*before, (context.public_code, context.dated))
    )


def _way(channel: Channel, context: NoticeContext, t: Messages) -> str:
    organisation = context.organisation
    sender = context.publication.senders.get(channel, "")
    if channel is Channel.EMAIL:
        sender = organisation.sender_email
        if organisation.sender_name:
            sender = f"{organisation.sender_name} <{sender}>"
    key = f"genuine.by.{channel.value}"
    if channel in _WITH_SENDER and not sender:
        key += "_any"
    us = contact(organisation, t)
    return t(key, sender=sender, org=us.legal_name, post=organisation.postal_address)


def _texts(
    open_texts: Sequence[OpenText], context: NoticeContext, t: Messages
) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """Return what is said on each channel in the page's language, each text once."""
    said: dict[Channel, dict[tuple[str, ...], None]] = {}
    for open_text in open_texts:
        if page_locales([open_text.locale])[0] == t.locale:
            lines = _lines(open_text, t)
            said.setdefault(open_text.channel, {})[lines] = None
    return tuple(
        (_label(channel, context, t), tuple(said[channel]))
        for channel in Channel
        if channel in said
    )


def _label(channel: Channel, context: NoticeContext, t: Messages) -> str:
    return t("genuine.subject") if channel is Channel.EMAIL else _way(channel, context, t)


def _lines(open_text: OpenText, t: Messages) -> tuple[str, ...]:
    shown = open_text.text.replace(REFERENCE_SLOT, t("genuine.your_reference"))
    return tuple(_unmarked(paragraphs(shown)))


def _unmarked(lines: Iterable[str]) -> Iterable[str]:
    """Take the marks of a heading from lines of plain text."""
    return (line.removeprefix("== ").removesuffix(" ==") for line in lines)

"""Rendering as the stages see it: functions of values behind two small ports."""

from collections.abc import Collection, Mapping, Sequence

from tocsin.rendering.announcement import said_in_public
from tocsin.rendering.channel_texts import channel_text, kind_names
from tocsin.rendering.genuine import render_genuine_alone
from tocsin.rendering.letter import letter_text
from tocsin.rendering.locales import locales
from tocsin.rendering.mime import segments
from tocsin.rendering.notice import render_notice
from tocsin.rendering.public_files import render_public_files
from tocsin.rendering.public_page import page_locales
from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.notice import ChannelText, NoticeContext, OpenText, RenderedNotice, Segments

LOCALES = locales()
"""Every locale that texts exist in."""


class NoticePress:
    """Turns cohorts into texts."""

    def notice(self, cohort: Cohort, context: NoticeContext) -> RenderedNotice:
        """Return the e-mail of a cohort."""
        return render_notice(cohort, context)

    def segments(self, notice: RenderedNotice, context: NoticeContext) -> Segments:
        """Return it serialised and cut at its slots."""
        organisation = context.organisation
        return segments(
            notice,
            sender=(organisation.sender_name, organisation.sender_email),
            reply_to=organisation.contact_email,
            dated=context.dated,
            organisation=organisation,
        )

    def text(self, channel: Channel, cohort: Cohort, context: NoticeContext) -> ChannelText:
        """Return what a channel other than e-mail tells a cohort."""
        if channel is Channel.LETTER:
            return letter_text(cohort, context)
        return channel_text(channel, cohort, context)

    def kind_names(self, locale: str) -> Mapping[DataKind, str]:
        """Return what each kind of data is called in a locale's texts."""
        return kind_names(locale)

    def announcement(
        self,
        context: NoticeContext,
        *,
        kinds: tuple[DataKind, ...],
        regimes: tuple[str, ...],
        locales: Sequence[str],
        one_by_one: OneByOne,
        channels: Sequence[Channel],
        open_texts: Sequence[OpenText],
    ) -> Mapping[str, bytes]:
        """Return the public files of an announced round, by name."""
        return render_public_files(
            context,
            kinds=kinds,
            regimes=regimes,
            locales=locales,
            one_by_one=one_by_one,
            channels=channels,
            open_texts=open_texts,
        )

    def said_in_public(
        self,
        context: NoticeContext,
        *,
        kinds: tuple[DataKind, ...],
        regimes: tuple[str, ...],
        locales: Sequence[str],
        one_by_one: OneByOne,
    ) -> Mapping[str, tuple[Collection[str], Collection[str]]]:
        """Return, by locale, the content codes that the page has words for, and those left open."""
        return said_in_public(
            context,
            cohort_kinds=kinds,
            regimes=regimes,
            locales=page_locales(locales),
            one_by_one=one_by_one,
        )

    def genuine(
        self,
        context: NoticeContext,
        *,
        channels: Sequence[Channel],
        open_texts: Sequence[OpenText],
        locales: Sequence[str],
    ) -> Mapping[str, bytes]:
        """Return the public files of a round that is told one by one, by name."""
        return render_genuine_alone(
            context, channels=channels, open_texts=open_texts, locales=locales
        )

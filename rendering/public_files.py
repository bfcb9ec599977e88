"""All public files of an announced round, as they are drafted, approved and published."""

from collections.abc import Sequence

from tocsin.rendering.announced_files import ALERT, ENDED, FEED
from tocsin.rendering.announcement import render_announcement
from tocsin.rendering.atom import feed
from tocsin.rendering.cap import cap_alert, cap_end
from tocsin.rendering.genuine import render_genuine
from tocsin.rendering.public_page import page_locales
from tocsin.rendering.told import silent_in_public
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.notice import NoticeContext, OpenText


def render_public_files(
    context: NoticeContext,
    *,
    kinds: Sequence[DataKind],
    regimes: Sequence[str],
    locales: Sequence[str],
    one_by_one: OneByOne,
    channels: Sequence[Channel] = (),
    open_texts: Sequence[OpenText] = (),
) -> dict[str, bytes]:
    """Return every file by its name in the incident's folder.

    What stands under `ended/` is not published with the others: it takes the place of the files of
    the same names when the term ends. `locales` are those of people; each is told in the catalogue
    nearest to it.
    """
    names = page_locales(locales)
    pages = render_announcement(
        context, cohort_kinds=kinds, regimes=regimes, locales=names, one_by_one=one_by_one
    )
    genuine = render_genuine(context, channels=channels, open_texts=open_texts, locales=names)
    alert = cap_alert(context, kinds=kinds, regimes=regimes, locales=names)
    return {
        **pages,
        **genuine,
        ALERT: alert,
        FEED: feed(context, locales=names, silent=silent_in_public(regimes, context)),
        ENDED + ALERT: cap_end(context, locales=names),
        ENDED + FEED: feed(context, locales=names, ended=True),
    }

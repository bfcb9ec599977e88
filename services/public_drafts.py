"""Public drafts: the files of an announcement, or the page by which notices can be checked."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.finding import Finding, FindingSeverity, ranked
from tocsin.schemas.notice import NoticeContext, OpenText, Publication
from tocsin.schemas.views import RoundView
from tocsin.services.drafting import Decided
from tocsin.services.judging import judged_pages
from tocsin.services.naming import page_name


class PublicPress(Protocol):
    """Writes what the public reads."""

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
        ...

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
        ...

    def genuine(
        self,
        context: NoticeContext,
        *,
        channels: Sequence[Channel],
        open_texts: Sequence[OpenText],
        locales: Sequence[str],
    ) -> Mapping[str, bytes]:
        """Return the public files of a round that is told one by one, by name."""
        ...


class Publications(Protocol):
    """Where public files stand, and what they follow."""

    async def publication(self, view: RoundView, *, drill: bool) -> Publication:
        """Return where a round's public files will stand, and which rounds they follow."""
        ...


def draft_pages(
    decided: Decided, press: PublicPress, open_texts: Sequence[OpenText]
) -> dict[str, str]:
    """Return the files of the announcement by name."""
    pages = press.announcement(
        decided.context,
        kinds=_kinds(decided),
        regimes=_regimes(decided),
        locales=sorted({c.locale for c in decided.cohorts}),
        one_by_one=decided.decision.one_by_one,
        channels=decided.ways,
        open_texts=open_texts,
    )
    return {name: page.decode() for name, page in sorted(pages.items())}


def draft_genuine(
    decided: Decided, press: PublicPress, open_texts: Sequence[OpenText]
) -> dict[str, str]:
    """Return the page by which the notices can be checked, by the names of texts of the round.

    So the approval of the notices binds to it, and it is as their texts are.
    """
    pages = press.genuine(
        decided.context,
        channels=decided.ways,
        open_texts=open_texts,
        locales=sorted({c.locale for c in decided.cohorts}),
    )
    return {page_name(decided.view.id, path): page.decode() for path, page in pages.items()}


def _kinds(decided: Decided) -> tuple[DataKind, ...]:
    return tuple(sorted({k for c in decided.cohorts for k in c.kinds}))


def _regimes(decided: Decided) -> tuple[str, ...]:
    return tuple(sorted({r for c in decided.cohorts for r in c.regimes}))


def found_on(decided: Decided, pages: Mapping[str, str], press: PublicPress) -> tuple[Finding, ...]:
    """Return what the gates find wrong with an announcement; nothing where there is none."""
    if not pages:
        return ()
    locales = sorted({c.locale for c in decided.cohorts})
    kinds, regimes = _kinds(decided), _regimes(decided)
    said = press.said_in_public(
        decided.context,
        kinds=kinds,
        regimes=regimes,
        locales=locales,
        one_by_one=decided.decision.one_by_one,
    )
    judged = judged_pages(pages, locales, decided.context, regimes=regimes, kinds=kinds, said=said)
    return ranked([*judged, *_lacks_number(decided)])


def _lacks_number(decided: Decided) -> list[Finding]:
    """Return what is wrong where an announcement needs a number to call, and there is none."""
    if decided.context.organisation.contact_phone:
        return []
    return [
        Finding(
            rule=f"{regime.id} TOLL_FREE",
            severity=FindingSeverity.WARN,
            text=f"{regime.id} asks for a number to call without charge ({regime.public.cite}).",
            where="organisations.contact_phone",
            fix="name one, and answer it as long as the announcement stands",
        )
        for regime in decided.regimes
        if regime.public.toll_free
    ]

"""How a text begins that follows a notice: what is new or was wrong, and which notice it was."""

from dataclasses import dataclass

from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages
from tocsin.rendering.story import Passage, passages
from tocsin.schemas.audience import Cohort
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.notice import NoticeContext
from tocsin.schemas.rounds import EXPLAINED, RoundKind


@dataclass(frozen=True, slots=True)
class Opening:
    """The first section of a text that follows a notice."""

    heading: str
    passages: tuple[Passage, ...]
    earlier: str
    """Which public code the notice before bears."""


def opening_of(context: NoticeContext, t: Messages) -> Opening | None:
    """Return the opening of a round's texts; None where people are told for the first time.

    A correction and a retraction begin with what was wrong.
    """
    if context.kind.is_first_notice or not context.follows:
        return None
    told = context.incident.narratives
    texts = [told.correction] if context.kind in EXPLAINED else []
    if context.kind is not RoundKind.RETRACTION:
        texts.append(told.what_is_new)
    days = dict.fromkeys(date_words(before.dated, t) for before in context.follows)
    codes = [before.code for before in context.follows]
    return Opening(
        heading=t("notice.opening", date=t.listed(tuple(days))),
        passages=passages(texts, t),
        earlier=t("notice.earlier", codes=t.listed(codes)),
    )


def speaks_of(cohort: Cohort, context: NoticeContext) -> tuple[DataKind, ...]:
    """Return the kinds of data that a text is discreet about, also where it names none of them."""
    return cohort.kinds or context.incident.data_kinds

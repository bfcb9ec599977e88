"""What a text tells as the laws of its readers want it: what they ask for, and nothing forbidden.

Where a law forbids the nature of the breach (Massachusetts), the story goes, and with it when and
how it came about, who has the data, and the measures, whose words nobody can judge for that; unless
another law of the same readers asks for one of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tocsin.rendering.asked_words import Line, around_the_story, turned_to
from tocsin.rendering.contact import Contact, contact
from tocsin.rendering.frame import Frame
from tocsin.rendering.locales import Messages
from tocsin.rendering.national import Help, help_for
from tocsin.rendering.story import Story, tell
from tocsin.schemas.audience import Cohort
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.notice import NoticeContext
from tocsin.schemas.notice_law import (
    all_forbid,
    asked_in_public,
    asked_of,
    forbidden_to,
    monitoring_months,
)

_NATURE = frozenset({"NATURE", "CAUSE"})
_DATES = frozenset({"DATE_BREACH", "DATE_DISCOVERY", "LOCATION"})
_MEASURES = frozenset({"MEASURES_TAKEN", "MEASURES_PLANNED"})


@dataclass(frozen=True, slots=True)
class Told:
    """The parts of a text that depend on the laws of its readers."""

    story: Story
    us: Contact
    around: tuple[Line, ...]
    """What stands after the story."""
    help: Help | None
    rights: tuple[Line, ...]
    silent: bool
    """A law forbids to tell what happened."""
    tells_measures: bool

    def happened(self, frame: Frame, t: Messages) -> str:
        """Return the heading over what happened; empty where nothing stands under it."""
        if frame.fixed or not self.silent:
            return frame.happened
        return t("notice.circumstances") if self.story.timeline or self.around else ""

    def measures(self, frame: Frame) -> str:
        """Return the heading over the measures; empty where none are told."""
        return frame.measures if frame.fixed or self.tells_measures else ""


def told_to(cohort: Cohort, context: NoticeContext, t: Messages) -> Told:
    """Return what a cohort is told by the laws of its regimes."""
    return _told(
        cohort.regimes,
        asked_of(cohort.regimes, context.rules, cohort.kinds),
        cohort.kinds,
        context,
        t,
        silent=is_silent(cohort, context),
        own_codes=True,
    )


def told_in_public(
    regimes: Sequence[str], kinds: Sequence[DataKind], context: NoticeContext, t: Messages
) -> Told:
    """Return what an announcement tells. It is silent where all of its regimes want it so."""
    asked = asked_in_public(regimes, context.rules, context.public_rules, kinds)
    silent = silent_in_public(regimes, context)
    return _told(regimes, asked, kinds, context, t, silent=silent, own_codes=False)


def is_silent(cohort: Cohort, context: NoticeContext) -> bool:
    """Whether a law forbids to tell a cohort what happened."""
    return bool(forbidden_to(cohort.regimes, context.rules, "NATURE"))


def silent_in_public(regimes: Sequence[str], context: NoticeContext) -> bool:
    """Whether all regimes of a page for the public forbid to tell what happened."""
    return all_forbid(regimes, context.rules, "NATURE")


def _told(
    regimes: Sequence[str],
    asked: frozenset[str],
    kinds: Sequence[DataKind],
    context: NoticeContext,
    t: Messages,
    *,
    silent: bool,
    own_codes: bool,
) -> Told:
    months = monitoring_months(regimes, context.rules)
    story = tell(context.incident, t, own_codes=own_codes, asked=asked, months=months)
    return Told(
        story=_silenced(story, asked) if silent else story,
        us=contact(context.organisation, t, asked=asked),
        around=around_the_story(asked, context, t, silent=silent),
        help=help_for(regimes, asked, kinds, context, t),
        rights=turned_to(regimes, asked, context, t),
        silent=silent,
        tells_measures=not silent or bool(asked & _MEASURES),
    )


def _silenced(story: Story, asked: frozenset[str]) -> Story:
    """Return a story without what happened, and of the rest only what another law asks for."""
    dated, measured = bool(asked & _DATES), bool(asked & _MEASURES)
    return replace(
        story,
        happened=(),
        occurred=story.occurred if dated else None,
        timeline=story.timeline if dated else (),
        unknown=story.unknown if dated else (),
        undeterminable=story.undeterminable if dated else (),
        measures_told=story.measures_told if measured else (),
        measures=story.measures if measured else (),
        stated=tuple(c for c in story.stated if dated and c not in _NATURE),
        pending=tuple(c for c in story.pending if dated and c not in _NATURE),
        measures_stated=story.measures_stated if measured else (),
    )

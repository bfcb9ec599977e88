"""The frame of a notice: its title and headings, in the words of a law where one fixes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.rendering.locales import Messages
from tocsin.schemas.regime import NoticeFormat, NoticeRule

_PLACES = 5
_DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Frame:
    """Title and headings. With `fixed` everything stands under the five headings of a law."""

    title: str
    fixed: bool
    happened: str
    kinds: str
    measures: str
    advice: str
    contact: str
    min_font_pt: int = 0


def frame_of(
    regimes: Sequence[str], rules: Mapping[str, NoticeRule], t: Messages, *, title: str
) -> Frame:
    """Return the frame of a notice under some regimes; `title` stands where no law fixes one.

    The strictest form wins: the title and headings of the regime that fixes them, the largest type
    of all. The words of a law stay as they are; a reader of another language gets theirs beside
    them.
    """
    forms = [f for r in regimes if r in rules and (f := rules[r].format) is not None]
    titled = next((form.title for form in forms if form.title), "")
    own = [t(f"notice.{name}") for name in _NAMES]
    fixed = _headings(forms)
    shown = [_both(law, ours, t) for law, ours in zip(fixed, own, strict=True)] if fixed else own
    happened, kinds, measures, advice, contact = shown
    return Frame(
        title=_both(titled, title, t) if titled else title,
        fixed=bool(fixed),
        happened=happened,
        kinds=kinds,
        measures=measures,
        advice=advice,
        contact=contact,
        min_font_pt=max((form.min_font_pt for form in forms), default=0),
    )


_NAMES = ("what_happened", "kinds", "measures", "advice", "contact")


def _headings(forms: Sequence[NoticeFormat]) -> tuple[str, ...]:
    return next((form.headings for form in forms if len(form.headings) == _PLACES), ())


def _both(law: str, ours: str, t: Messages) -> str:
    """Return the words of a law as they are, with those of the reader's language beside them."""
    if t.locale.partition("-")[0] == _DEFAULT_LANGUAGE:
        return law
    return t("notice.in_law", law=law, ours=ours)

"""The index page of the demo: what came of it, and links to everything it left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from tocsin.demo.case_page import case_shown
from tocsin.demo.cohort_texts import CohortText
from tocsin.demo.index_template import TEMPLATE
from tocsin.demo.promises import promises
from tocsin.demo.stage import MARKER, Stage
from tocsin.demo.telling import FIGURES
from tocsin.demo.verdict import Verdict
from tocsin.runtimes.preview import Preview


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows."""

    verdict: Verdict
    previews: Mapping[str, Preview]
    texts: Sequence[CohortText]
    refusal: str
    seconds: float


def index_page(stage: Stage, shown: Shown) -> str:
    """Return the page, in English, with links relative to the folder."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    verdict = shown.verdict
    return environment.from_string(TEMPLATE).render(
        marker=Markup(MARKER),  # noqa: S704  # a constant
        sound=verdict.sound,
        seconds=f"{shown.seconds:.0f}",
        figures=[name.replace("_", " ") for name in FIGURES],
        rows=[
            *((o.title, [getattr(o.coverage, name) for name in FIGURES]) for o in verdict.outcomes),
            ("All together", [verdict.total(name) for name in FIGURES]),
        ],
        outcomes=verdict.outcomes,
        promises=promises(verdict, refusal=shown.refusal),
        cases=[case_shown(stage, name, verdict, shown.previews[name]) for name in verdict.files],
        texts={
            title: [text for text in shown.texts if text.incident == name]
            for name, title in ((o.name, o.title) for o in verdict.outcomes)
        },
        handed_over=_handed_over(verdict),
        retried=verdict.papers.retried,
    )


def _handed_over(verdict: Verdict) -> list[tuple[str, int]]:
    """Return channel -> messages that were taken over."""
    taken = verdict.handed_over
    return [
        ("E-mails that the relay accepted", sum(m.accepted for m in verdict.received)),
        ("Text messages", len(taken.texts)),
        ("Pushes to the app", len(taken.pushes)),
        ("Letters in print folders", taken.letters_in_all),
        ("Announcements", verdict.papers.announcements),
        ("Texts for the media", verdict.papers.press_texts),
        ("Reports to authorities", verdict.papers.reports),
    ]

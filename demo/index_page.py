"""The index page of the demo: what came of it, and links to everything it left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from tocsin.demo.cohort_texts import CohortText
from tocsin.demo.index_template import TEMPLATE
from tocsin.demo.promises import promises
from tocsin.demo.stage import MARKER, Stage
from tocsin.demo.telling import FIGURES
from tocsin.demo.verdict import Verdict
from tocsin.runtimes.overview import CaseFile, DutyStanding
from tocsin.runtimes.preview import Preview

_OWED: Mapping[bool | None, str] = {True: "yes", False: "no", None: "undecided"}
_TO: Mapping[str, str] = {"individuals": "the people concerned", "public": "the public"}


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
            ("Both together", [verdict.total(name) for name in FIGURES]),
        ],
        outcomes=verdict.outcomes,
        promises=promises(verdict, refusal=shown.refusal),
        cases=[
            _case(stage, name, case, shown.previews[name]) for name, case in verdict.files.items()
        ],
        texts=shown.texts,
        retried=verdict.papers.retried,
    )


def _case(stage: Stage, name: str, case: CaseFile, seen: Preview) -> dict[str, object]:
    view, severity = case.standing.view, case.severity
    return {
        "id": view.id,
        "name": name,
        "title": view.title,
        "band": severity.band.value.replace("_", " ") if severity else "unknown",
        "score": f"{severity.score / 100:.2f}" if severity else "",
        "inputs": severity.inputs if severity else (),
        "instead": seen.decision.replaces_notices,
        "grounds": seen.decision.grounds,
        "duties": [_duty(standing) for standing in case.duties],
        "pages": _links(stage, stage.folder / "announcement" / view.id, "*"),
        "reports": _links(stage, stage.folder / "reports" / view.id, "*"),
    }


def _links(stage: Stage, folder: Path, pattern: str) -> list[tuple[str, str]]:
    """Return (name, path from the index page) of what lies in a folder."""
    found = sorted(folder.glob(pattern))
    return [(path.name, path.relative_to(stage.folder).as_posix()) for path in found]


def _duty(standing: DutyStanding) -> dict[str, str]:
    duty = standing.duty
    clock = "no clock" if standing.clock is None else standing.clock.value.replace("_", " ")
    nature = duty.due_nature.value if duty.due_nature else ""
    return {
        "law": duty.regime,
        "what": f"{duty.phase.value} report" if duty.phase else duty.addressee.value,
        "to": duty.to or _TO[duty.addressee.value],
        "owed": _OWED[duty.required],
        "due": _when(duty.due_at) + (f" ({nature})" if duty.due_at and nature else ""),
        "clock": clock,
        "reason": duty.reason,
        "cite": duty.cite,
    }


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"

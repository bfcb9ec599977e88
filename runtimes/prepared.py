"""What stands ready to take a notice back: drafted and judged when the notice was approved."""

from dataclasses import dataclass
from typing import Any

import yaml
from tocsin.detectors.incident_file import dump_incident
from tocsin.ledger import reads
from tocsin.runtimes.books import Cases
from tocsin.runtimes.embedded import Runtime
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict

_HOW = (
    "# Write one sentence per language that says what was wrong, into the incident file. Then:\n"
    "#   tocsin incident follow {incident} FILE --kind correction --reason ...\n"
    "# or, with the scope narrowed to those who are concerned: --kind retraction\n"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The texts that stand ready, and what has to be written."""

    snippet: str
    """The part of an incident file that is missing, as YAML."""
    file: str
    """The newest incident file with that part in it."""
    drafts: tuple[dict[str, Any], ...]
    """Name, kind, round, texts by name and findings of each."""


async def prepared(runtime: Runtime, incident_id: str) -> Prepared:
    """Return what was prepared; Conflict before a notice was approved."""
    cases = Cases(runtime.ledger)
    view = await cases.incident(incident_id)
    bodies = await runtime.ledger.ask(reads.facts, incident_id, FactKind.PREPARED)
    if not bodies:
        message = "nothing is prepared yet"
        fix = "approve its notice and let a worker go on: `tocsin run`"
        raise Conflict(message, field="incident", fix=fix)
    places: dict[str, str] = {}
    for body in bodies.values():
        places |= body["correction"]
    newest = await cases.revision(incident_id, view.revision)
    told = newest.narratives.model_copy(update={"correction": places})
    wanted = yaml.safe_dump(
        {"narratives": {"correction": places}}, allow_unicode=True, sort_keys=False, width=98
    )
    return Prepared(
        snippet=_HOW.format(incident=incident_id) + wanted,
        file=dump_incident(newest.model_copy(update={"narratives": told}), notes=()),
        drafts=tuple({"name": name, **body} for name, body in bodies.items()),
    )

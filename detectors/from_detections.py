"""A draft of detections becomes an incident file, for a person to complete.

Detections tell where, since when and what kinds of data; never whose, how it came about, or what it
means. `opened_at` is when Tocsin took the first of them in, not when the organisation became aware:
the draft tells it, but as neither `detected` nor `aware`, on which legal clocks stand. What a
person has to write is left out, so that the file is refused until they did.
"""

from collections.abc import Iterator
from typing import Any

from tocsin.detectors.incident_yaml import unknown_facts
from tocsin.schemas.canonical import instant
from tocsin.schemas.detection import DraftView
from tocsin.schemas.fact import Fact, FactState, Instant
from tocsin.schemas.incident import IncidentFile, Narratives
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.scope import Scope


def incident_of(
    view: DraftView, *, organisation: str, scope: Scope
) -> tuple[IncidentFile, tuple[str, ...]]:
    """Return the incident as far as a draft tells it, and what a person must add or check.

    It has no narrative, and no kinds of data where no detector named one.
    """
    found = view.draft
    told: dict[str, Any] = {
        "state": FactState.ESTIMATED,
        "source": f"detections of {', '.join(found.detectors)}",
        "as_of": view.opened_at,
    }
    facts = IncidentFacts(
        started=Fact[Instant](value=Instant(at=found.first_seen), **told),
        systems=Fact[tuple[str, ...]](value=(found.asset,), may_publish=False, **told),
    )
    incident = IncidentFile.model_construct(
        title=f"{found.asset[:90]}: {found.rule[:90]}",
        organisation=organisation,
        facts=facts,
        narratives=Narratives.model_construct(),  # type: ignore[call-arg]  # a person's to write
        data_kinds=found.kinds,
        scope=scope,
    )
    to_check = tuple(_to_check(view))
    return incident, (*to_check, *unknown_facts(facts, besides=to_check))


def _to_check(view: DraftView) -> Iterator[str]:
    found = view.draft
    yield "narratives.what_happened: tell it in plain words, one text per locale"
    if found.kinds:
        yield "data_kinds: as the detectors name them; which are true?"
    else:
        yield "data_kinds: the detectors name none; which kinds were touched?"
    yield (
        f"facts.started: the first of {found.detections:,} detections; it may have begun before,"
        f" and they were last seen at {instant(found.last_seen)}"
    )
    yield (
        f"facts.detected: detections have come in since {instant(view.opened_at)}; when did the"
        " organisation first notice it?"
    )
    yield "facts.systems: by the detectors' own id; never published"

"""Clocks that start with a filing: look at them again once something was filed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tocsin.schemas.duty import Duty
from tocsin.schemas.event import AssessmentDue, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.report import Receipt


def start_clocks(parent: Event, duties: Iterable[Duty]) -> list[Event]:
    """Return the event that judges clocks anew, where any may wait for a filing; else nothing."""
    if not any(duty.required is not False and _may_wait(duty) for duty in duties):
        return []
    return [
        Event(
            id=child_id(parent.id, "assessment.due", "filed"),
            incident=parent.incident,
            payload=AssessmentDue(revision=0, clocks_only=True),
        )
    ]


def _may_wait(duty: Duty) -> bool:
    """Whether a clock that the law numbers has no start, and no fact is missing that would be it.

    An estimate is there only where the filing that it waits for has a time of its own.
    """
    unstarted = duty.starts_at is None and duty.due_at is None and duty.due_nature is not None
    return duty.estimated_at is not None or (
        unstarted and not any(path.startswith("facts.") for path in duty.missing)
    )


def when_filed(
    duties: Sequence[Duty], filings: Mapping[str, Any], receipts: Mapping[str, Receipt]
) -> dict[str, datetime]:
    """Return when reports were first filed, by `REGIME:RULE`.

    That is when the authority took it, once its receipt is on record; until then, when it was laid
    ready or said to be filed.
    """
    keys = {duty.id: duty.key for duty in duties if duty.rule}
    found: dict[str, datetime] = {}
    for artefact, body in filings.items():
        key = keys.get(body["duty"])
        if key is None:
            continue
        laid = datetime.fromisoformat(body["filed_at"])
        at = receipts[artefact].at if artefact in receipts else laid
        found[key] = min(at, found.get(key, at))
    return found

"""What the clocks of other duties wait for: when a report was filed, or by when it will be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.schemas.duty import Duty
from tocsin.schemas.regime import REPORT


@dataclass(frozen=True, slots=True)
class Filing:
    """One report: when it was filed, or the last moment at which it can be in time."""

    filed_at: datetime | None
    expected_at: datetime | None = None
    """None where it is not owed, or nobody can say."""


def named(after: str, regime: str) -> str:
    """Return the key of the report that starts a clock: `report:ID`, or with a regime in front."""
    name = after.removeprefix(REPORT)
    return name if ":" in name else f"{regime}:{name}"


def filings_of(duties: Iterable[Duty], filed: Mapping[str, datetime]) -> dict[str, Filing]:
    """Return what clocks can wait for, by regime and rule; `filed` says what was filed when."""
    return {
        duty.key: Filing(
            filed.get(duty.key),
            None if duty.required is False else duty.due_at or duty.estimated_at,
        )
        for duty in duties
        if duty.rule
    }

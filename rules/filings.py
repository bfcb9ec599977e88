"""What the clocks of other duties wait for: when a report was filed, or by when it will be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.schemas.duty import Duty
from tocsin.schemas.regime import REPORT, Deadline, Regime


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


def starts(regime: Regime) -> Iterator[str]:
    """Return what starts each clock of a regime."""
    terms: list[Deadline] = [report.deadline for report in regime.reports]
    terms += [regime.individuals.deadline, *(other.deadline for other in regime.others)]
    for term in terms:
        yield term.after
        yield from (end.after for end in term.sooner)


def waits_abroad(regime: Regime) -> bool:
    """Whether a clock of a regime starts with a filing under another one."""
    own = f"{regime.id}:"
    return any(
        after.startswith(REPORT) and not named(after, regime.id).startswith(own)
        for after in starts(regime)
    )

"""What the clocks of an incident go by: recorded moments, filings, holidays, own targets."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, tzinfo

from tocsin.rules.clocks import earliest, in_zone, year_end
from tocsin.rules.facts import FactValue
from tocsin.rules.filings import Filing, named
from tocsin.rules.working_days import IsWorkingDay, working_days_of
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.regime import CLOCK_STARTS, REPORT, Unit

AWARE, DETERMINED, ENDED, HANDLED = "aware", "determined", "ended", "handled"
TOLD, YEAR_END = CLOCK_STARTS
AT_HOME = "@home"
"""Holidays of where the organisation is established."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What the clocks of one regime in one incident go by."""

    recorded: IncidentFacts
    facts: Mapping[str, FactValue]
    _: KW_ONLY
    targets: Mapping[str, int]
    """The operator's own hours, by addressee, or addressee and phase; a regime may stand before."""
    raised_at: datetime | None
    told_at: datetime | None = None
    """When the first notice left to an individual of the regime; None before."""
    zone: tzinfo | None = None
    """Where the organisation is at home: bare offsets of that zone are read in it."""
    regime: str = ""
    holidays: str = ""
    """Whose holidays count where business days are counted (ISO 3166)."""
    filings: Mapping[str, Filing] = field(default_factory=dict)
    """What clocks can wait for, by regime and rule."""
    extensions: Mapping[str, datetime] = field(default_factory=dict)
    """When more time was granted, by addressee, or addressee and phase."""

    def works(self, unit: Unit | None) -> IsWorkingDay | None:
        """Return which days are working days, where a deadline counts them."""
        return self.working_days() if unit is Unit.BUSINESS_DAYS else None

    def working_days(self) -> IsWorkingDay | None:
        """Return which days are working days where the regime counts them; None: nobody knows."""
        place = self.holidays
        if place == AT_HOME:
            homes = self.recorded.established_in.value or ()
            place = homes[0] if len(homes) == 1 else ""
        return working_days_of(place) if place else None

    def recorded_moment(self, name: str) -> datetime | None:
        """Return the earliest moment that a recorded instant can mean; None if not recorded."""
        if name in CLOCK_STARTS or name.startswith(REPORT):
            return None
        instant = getattr(self.recorded, name).value
        return None if instant is None else in_zone(earliest(instant), self.zone)

    @property
    def aware(self) -> datetime | None:
        """When the organisation was aware at the latest: detection and raising stand in."""
        recorded = self.recorded_moment(AWARE) or self.recorded_moment("detected")
        return recorded or self._at_home(self.raised_at)

    def _at_home(self, moment: datetime | None) -> datetime | None:
        """Return a moment that the ledger keeps in UTC by the clock of home."""
        return moment if moment is None or self.zone is None else moment.astimezone(self.zone)

    def start(self, after: str) -> datetime | None:
        """Return when a clock that runs from the fact `after` starts; never before awareness.

        Awareness has stand-ins, and is one for a determination, which never comes before it; so is
        the end of an incident for that of its handling. Any other clock does not run until the fact
        that it runs from is recorded, and one that runs from the notices not before the first left.
        """
        if after == AWARE:
            return self.aware
        if after == YEAR_END:
            return year_end(self.aware) if self.aware else None
        if after == TOLD:
            return self._at_home(self.told_at)
        if after.startswith(REPORT):
            filing = self.filings.get(named(after, self.regime))
            return self._at_home(filing.filed_at) if filing else None
        moment, aware = self.recorded_moment(after), self.aware
        if moment is None and after == DETERMINED:
            return aware
        if moment is None and after == HANDLED:
            moment = self.recorded_moment(ENDED)
        return max(moment, aware) if moment and aware else moment

    def expected(self, after: str) -> datetime | None:
        """Return by when a clock will have started if what it waits for comes at the last moment.

        Only another filing can be expected: nobody knows when a fact will be recorded.
        """
        if not after.startswith(REPORT):
            return None
        filing = self.filings.get(named(after, self.regime))
        return self._at_home(filing.expected_at) if filing else None

    def target(self, duty: Duty) -> int | None:
        """Return the operator's own target for a duty in hours; the most particular one."""
        names = [duty.addressee.value]
        if duty.phase:
            names.insert(0, f"{duty.addressee.value}:{duty.phase.value}")
        if duty.addressee is Addressee.PUBLIC:
            names.append(Addressee.INDIVIDUALS.value)
        names = [*(f"{duty.regime}:{name}" for name in names), *names]
        return next((self.targets[name] for name in names if name in self.targets), None)

"""The operator's own choices where the law leaves them: limits, targets, paces."""

from datetime import time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from tocsin.schemas.channels import Channel
from tocsin.schemas.record import Record


class Policy(Record):
    """Choices of a deployment; every one has a default that can be defended."""

    announcement_limit: int | None = Field(default=None, ge=0)
    """More people than this are told by announcement, where the law lets it replace notices."""
    max_missing_share_percent: int = Field(default=20, ge=0, le=100)
    """A larger share of people without a usable contact adds an announcement."""
    default_residence: str = Field(default="DE", pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
    """Residence of people of whom the directory knows none; shown in the preview."""
    default_locales: dict[str, str] = Field(default_factory=lambda: {"CN": "zh-Hans", "*": "en"})
    """Residence -> locale of people of whom the directory knows none."""
    guardian_below: int = Field(default=14, ge=0, le=21)
    """Where a regime is silent, below this age the guardian alone is told."""
    target_hours: dict[str, int] = Field(
        default_factory=lambda: {
            "authority": 24,
            "EU-GDPR:authority:full": 336,
            "individuals": 72,
            "public": 72,
        }
    )
    """Own targets in hours, where the law gives no number; the most particular name holds."""
    alarm_before_hours: tuple[int, ...] = (24, 6, 1)
    """A clock alarms so long before its end, as far as it runs for longer; and when it ends."""
    alarm_drills: bool = True
    """Alarms of drills reach the duty officers too, marked as an exercise."""
    approval_valid_days: int = Field(default=7, ge=1, le=90)
    rate_per_s: int = Field(default=500, ge=1)
    """Notices per second that one lane is thought to take; sizes batches and the forecast."""
    lane_rates_per_s: dict[str, float] = Field(default_factory=dict)
    """Lane (`gmail`, `sms-49`) or channel (`letter`) -> how many notices per second it may get.

    All workers together hold to it, and the forecast does. A channel's holds for all of its lanes
    together. A lane that is not named counts in the forecast as it was measured in an earlier
    round, or else as `rate_per_s`.
    """
    batch_people: int = Field(default=1000, ge=1, le=5000)
    max_attempts: int = Field(default=8, ge=1, le=50)
    """Hand-overs of one obligation on one rung before it counts as unreachable."""
    ladder: tuple[Channel, ...] = (
        Channel.EMAIL,
        Channel.IN_APP,
        Channel.APP_PUSH,
        Channel.WEB_PUSH,
        Channel.SMS,
        Channel.CALL,
        Channel.LETTER,
        Channel.CALL_LIST,
        Channel.WEBHOOK,
    )
    """In which order people are followed from channel to channel; those without a way out are
    left out."""
    evidence_hours: int = Field(default=72, ge=0, le=2160)
    """A round whose people are all told stays open so long for what may come back."""
    retry_base_s: float = Field(default=60, gt=0)
    retry_cap_s: float = Field(default=3600, gt=0)
    quiet_from: time = time(21)
    """From then on, by the clock of whoever is told, no telephone rings and no screen lights up."""
    quiet_until: time = time(8)
    """Until then; the same time as `quiet_from` means that there are no quiet hours."""
    quiet_reserve_hours: int = Field(default=2, ge=0, le=72)
    """Quiet hours and waiting end so long before people have to be told by law."""
    home_zone: str = "Europe/Berlin"
    """The time zone of those of whom no country is known (IANA name)."""
    wait_hours: dict[Channel, int] = Field(
        default_factory=lambda: {
            Channel.SMS: 24,
            Channel.CALL: 4,
            Channel.IN_APP: 72,
        }
    )
    """Who took a notice on such a channel and is not heard of for so long is told on the next one;
    on channels that are not named, or with 0, silence moves nobody."""
    gather_minutes: dict[Channel, float] = Field(
        default_factory=lambda: {Channel.LETTER: 60.0, Channel.CALL_LIST: 60.0}
    )
    """Who goes on to such a channel waits so long for others: a print house takes folders."""
    unit_costs: dict[Channel, Decimal] = Field(default_factory=dict)
    """Channel -> what one notice costs, in cents, such as 7.5; what is not named is free."""
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    cost_limit_cents: int | None = Field(default=None, ge=0)
    """A round that would cost more is paused, and a person asked."""
    replan_minutes: int = Field(default=15, ge=1, le=10_080)
    """So often it is looked whether those who could not be told call for an announcement."""
    staged_percent: int = Field(default=0, ge=0, le=100)
    """So much of each lane is sent first, and the rest once a person has looked; 0: all at once."""
    staged_above: int = Field(default=1000, ge=0)
    """Rounds of no more people than this are sent at once in any case."""
    stage_look_minutes: int = Field(default=15, ge=0, le=10_080)
    """So long after its last hand-over it is waited for what comes back of a first share."""
    governor_percent: int = Field(default=5, ge=0, le=100)
    """A lane of which more than this is refused for good or comes back is held; 100: none is."""
    governor_fewest: int = Field(default=200, ge=1)
    """Fewer hand-overs than this say nothing of a lane."""
    announcement_days: int = Field(default=90, ge=1, le=3650)
    """Public files stand so many calendar days, or longer where the law asks for it."""
    announcement_watch_minutes: int = Field(default=60, ge=1, le=1440)
    """So often it is looked whether they stand as they were published."""
    decision_review_days: int = Field(default=180, ge=1, le=3650)
    """So many days after its approval, or its last review, a decision not to notify is looked at
    again."""
    report_locales: dict[str, str] = Field(
        default_factory=lambda: {"CN-PIPL": "zh-Hans", "EU-GDPR": "en"}
    )
    detections_kept_days: int = Field(default=90, ge=1, le=3650)
    """Detections that opened no draft are deleted after so long."""
    merge_window_minutes: int = Field(default=60, ge=1, le=10_080)
    """Detections of one rule on one asset, no further apart than this, are one draft."""

    @property
    def merge_window(self) -> timedelta:
        """How far apart repeats of one thing may be."""
        return timedelta(minutes=self.merge_window_minutes)

    @property
    def replan_every(self) -> timedelta:
        """How long it is from one look at who could not be told to the next."""
        return timedelta(minutes=self.replan_minutes)

    @property
    def quiet_reserve(self) -> timedelta:
        """How long before the law's time quiet hours and waiting end."""
        return timedelta(hours=self.quiet_reserve_hours)

    @field_validator("lane_rates_per_s")
    @classmethod
    def _rates_are_rates(cls, rates: dict[str, float]) -> dict[str, float]:
        if not all(0 < rate <= 1_000_000 for rate in rates.values()):  # noqa: PLR2004  # of one lane
            message = "a lane takes more than 0 and at most 1,000,000 notices per second"
            raise ValueError(message)
        return rates

    @field_validator("home_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            message = f"{name!r} is no time zone; write one such as Europe/Berlin"
            raise ValueError(message) from None
        return name

    @field_validator("alarm_before_hours")
    @classmethod
    def _leads_are_hours(cls, hours: tuple[int, ...]) -> tuple[int, ...]:
        if not all(1 <= lead <= 8760 for lead in hours):  # noqa: PLR2004  # a year
            message = "write hours from 1 to 8,760, such as [24, 6, 1]"
            raise ValueError(message)
        return tuple(sorted(set(hours), reverse=True))

    @field_validator("unit_costs")
    @classmethod
    def _costs_are_costs(cls, costs: dict[Channel, Decimal]) -> dict[Channel, Decimal]:
        if not all(cost.is_finite() and cost >= 0 for cost in costs.values()):
            message = "a notice costs a number of cents, and not less than 0"
            raise ValueError(message)
        return costs

    @field_validator("wait_hours")
    @classmethod
    def _waits_are_hours(cls, hours: dict[Channel, int]) -> dict[Channel, int]:
        if not all(0 <= wait <= 2160 for wait in hours.values()):  # noqa: PLR2004  # 90 days
            message = "wait 0 to 2,160 hours"
            raise ValueError(message)
        return hours

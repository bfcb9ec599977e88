"""The operator's own choices where the law leaves them: limits, targets, paces."""

from datetime import timedelta

from pydantic import Field
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
    alarm_before_hours: int = Field(default=6, ge=0)
    """A clock alarms this long before its end."""
    approval_valid_days: int = Field(default=7, ge=1, le=90)
    rate_per_s: int = Field(default=500, ge=1)
    """Notices per second that one lane takes; sizes batches and the forecast."""
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
    report_locales: dict[str, str] = Field(
        default_factory=lambda: {"CN-PIPL": "zh-Hans", "EU-GDPR": "en"}
    )
    detections_kept_days: int = Field(default=90, ge=1, le=3650)
    """Detections that opened no draft are deleted after so long."""
    merge_window_minutes: int = Field(default=60, ge=1, le=10_080)
    """Detections of one rule on one asset, no further apart than this, are one draft."""
    duty_officers: tuple[str, ...] = ()
    """Who is alarmed, by name."""

    @property
    def merge_window(self) -> timedelta:
        """How far apart repeats of one thing may be."""
        return timedelta(minutes=self.merge_window_minutes)

"""The section of one mail relay: where it is, what it needs to know of us, how fast it is told."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.rules.limits import Limit, steady, warm_up
from tocsin.runtimes.kept_secret import kept_secret
from tocsin.schemas.record import Record


class WarmUpSection(Record):
    """How a relay that nobody knows yet is made known: so many messages a day (UTC), and more."""

    since: date = Field(alias="from")
    """The first day. Before it, what holds on it."""
    per_day: tuple[Annotated[int, Field(ge=1, le=1_000_000_000)], ...] = Field(
        min_length=1, max_length=92
    )
    """Messages on each day from then on; after the last one only `max_per_s` holds."""


class RelaySection(Record):
    """One SMTP relay."""

    name: str = Field(default="relay", pattern=r"^[a-z0-9-]+$")
    host: str
    port: int = Field(default=587, ge=1, le=65535)
    tls: Tls = Tls.STARTTLS
    username: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password."""
    password_file: Path | None = None
    """File that holds the password."""
    connections: int = Field(default=10, ge=1, le=200)
    timeout_s: float = Field(default=30, gt=0, le=600)
    weight: int = Field(default=1, ge=0, le=1000)
    verify_certificate: bool = True
    max_per_s: float | None = Field(default=None, gt=0, le=1_000_000)
    """Messages a second that it gets at most, from all workers together; None: as it takes them."""
    warm_up: WarmUpSection | None = None

    @property
    def limit(self) -> Limit | None:
        """How fast it may be given messages, over time; None: as fast as it takes them."""
        if self.warm_up is not None:
            plan = self.warm_up
            return warm_up(plan.since, plan.per_day, max_per_s=self.max_per_s)
        return None if self.max_per_s is None else steady(self.max_per_s)

    def password(self, field: str) -> SecretStr | None:
        """Return the password from where it is kept."""
        return kept_secret(self.password_env, self.password_file, field=f"{field}.password")

    def relay(self, position: int) -> RelaySettings:
        """Return the relay as the mailer takes it."""
        return RelaySettings(
            name=self.name,
            host=self.host,
            port=self.port,
            tls=self.tls,
            username=self.username,
            password=self.password(f"relays[{position}]"),
            connections=self.connections,
            timeout_s=self.timeout_s,
            weight=self.weight,
            verify_certificate=self.verify_certificate,
        )

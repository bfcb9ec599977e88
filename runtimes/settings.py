"""Settings: one TOML file, environment overrides, secrets only by environment or file.

`TOCSIN_POLICY__RATE_PER_S=200` overrides `rate_per_s` of `[policy]`. Read once, frozen.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from tocsin.detectors.plain_errors import as_invalid_input
from tocsin.forms.load import check_named
from tocsin.rules.limits import Limits
from tocsin.rules.own_mailboxes import is_own_mailbox
from tocsin.runtimes.channel_sections import (
    AppPushSection,
    BouncesSection,
    CallbacksSection,
    CallListSection,
    CallsSection,
    DkimSection,
    InAppSection,
    LettersSection,
    SmsSection,
    WebhookSection,
    WebPushSection,
)
from tocsin.runtimes.directory_section import DirectorySection
from tocsin.runtimes.heartbeat import HeartbeatSection
from tocsin.runtimes.law_section import LawSection
from tocsin.runtimes.limits import check_lanes, limits_of
from tocsin.runtimes.officers import DutyOfficerSection
from tocsin.runtimes.own_recipients import OwnRecipientsSection
from tocsin.runtimes.relay_section import RelaySection
from tocsin.schemas.codes import POOL_NAME
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.schemas.record import Record
from tocsin.streams.broker import BrokerSettings


class LedgerSection(Record):
    """Where the ledger, its keys and its rosters are: SQLite files, or a PostgreSQL database."""

    path: Path = Path("tocsin-data/ledger.db")
    """SQLite file, for workers on one machine."""
    rosters: Path = Path("tocsin-data/rosters")
    """Folder of the raw keys of open rounds, beside a SQLite file."""
    url: SecretStr | None = None
    """`postgresql://user:${PASSWORD}@host/database`, instead of `path` and `rosters`."""
    keys: Path = Path("tocsin-data/keys")
    """Folder of the keys, never in the database; all workers share it."""

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        if self.url is not None and self.model_fields_set & {"path", "rosters"}:
            message = "either url, or path and rosters: a PostgreSQL ledger holds its rosters"
            raise ValueError(message)
        return self


class DeliverySection(Record):
    """How work is claimed and flushed. F (`flush`) bounds what a killed worker repeats."""

    flush: int = Field(default=500, ge=2, le=5000)
    lease_s: float = Field(default=30, ge=0.3, le=3600)
    slots: int = Field(default=3, ge=1, le=64)
    """Slots that take any event; one more takes only small ones."""
    max_tries: int = Field(default=16, ge=2, le=1000)
    """Claims without an applied Commit after which an event is dead."""


class WorkerSection(Record):
    """How a worker of the distributed runtime is watched, and how soon it is missed."""

    http: str = Field(
        default="127.0.0.1:9464", pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d+$"
    )
    """`host:port` of /healthz, /readyz and /metrics; port 0 takes a free one."""
    session_s: float = Field(default=10, ge=1, le=300)
    """A worker of which the brokers hear nothing for so long loses its partitions."""


class OutputSection(Record):
    """Where results are laid."""

    announcements: str = "tocsin-data/public"
    """Folder or fsspec URL."""
    announcements_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    """Where the public reads that folder, such as `https://example.com/notices`."""
    reports: Path = Path("tocsin-data/reports")
    outbox: Path = Path("tocsin-data/outbox")
    """Where drills go instead of people."""
    previews: Path = Path("tocsin-data/previews")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="TOCSIN_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    organisations: tuple[Organisation, ...] = Field(min_length=1)
    directory: DirectorySection
    relays: tuple[RelaySection, ...] = Field(min_length=1)
    ledger: LedgerSection = LedgerSection()
    delivery: DeliverySection = DeliverySection()
    policy: Policy = Policy()
    law: LawSection = LawSection()
    kafka: BrokerSettings | None = None
    """The streams of `tocsin worker` and `tocsin emit`; `tocsin run` needs none."""
    worker: WorkerSection = WorkerSection()
    output: OutputSection = OutputSection()
    sms: SmsSection | None = None
    calls: CallsSection | None = None
    web_push: WebPushSection | None = None
    app_push: AppPushSection | None = None
    letters: LettersSection | None = None
    in_app: InAppSection | None = None
    webhook: WebhookSection | None = None
    call_list: CallListSection | None = None
    code_pools: dict[Annotated[str, Field(pattern=POOL_NAME)], Path] = Field(default_factory=dict)
    """Pool -> its file of codes, one a line, that only its owner may read."""
    dkim: DkimSection | None = None
    """How e-mails are signed; without it the relays sign them."""
    bounces: BouncesSection | None = None
    """Where bounces come back to; without it every notice is sent by the organisation's address."""
    callbacks: CallbacksSection = CallbacksSection()
    test_recipients: OwnRecipientsSection = OwnRecipientsSection()
    duty_officers: tuple[DutyOfficerSection, ...] = ()
    """Who is alarmed, in this order: the next one when those before could not be reached."""
    heartbeat: HeartbeatSection | None = None
    """Who is called while a worker works, and alarms when nobody calls any more."""

    @property
    def limits(self) -> Limits:
        """How fast relays, lanes and channels may be told."""
        return limits_of(self.relays, self.policy)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for name, given in (
            ("organisations", [o.id for o in self.organisations]),
            ("relays", [r.name for r in self.relays]),
            ("duty_officers", [o.name for o in self.duty_officers]),
        ):
            if len(set(given)) != len(given):
                message = f"two {name} have the same name"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _senders_are_signed_for(self) -> Self:
        for o in self.organisations if self.dkim is not None else ():
            assert self.dkim is not None  # noqa: S101  # narrows it
            sends_from = o.sender_email.rpartition("@")[2].lower()
            if not f".{sends_from}".endswith(f".{self.dkim.domain.lower()}"):
                message = f"dkim.domain is not that of the sender of {o.id}, {sends_from}"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _phones_can_be_reached(self) -> Self:
        phones = [o.name for o in self.duty_officers if o.phone is not None]
        if phones and self.sms is None:
            message = f"duty_officers: {phones[0]} has a phone, and there is no [sms] to reach it"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _tests_stay_with_us(self) -> Self:
        email = self.test_recipients.email
        if email is None or any(is_own_mailbox(email, o) for o in self.organisations):
            return self
        message = "test_recipients.email must be under the domain of an organisation's site"
        raise ValueError(message)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file, which comes as the arguments."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def broker_of(settings: Settings) -> BrokerSettings:
    """Return the cluster that the settings name; InvalidInput without one."""
    if settings.kafka is None:
        message = "is missing: a worker of several machines hears and tells by Kafka"
        fix = 'add [kafka] with brokers = ["host:9092"], or use `tocsin run` on one machine'
        raise InvalidInput(message, field="kafka", fix=fix)
    return settings.kafka


def _filled(value: Any, where: str) -> Any:
    """Replace `${NAME}` in texts by the environment's value."""
    if isinstance(value, dict):
        return {k: _filled(v, f"{where}.{k}" if where else k) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, f"{where}[{i}]") for i, v in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        start = value.index("${")
        name, closed, rest = value[start + 2 :].partition("}")
        if not closed or name not in os.environ:
            message = f"the environment has no {name}"
            raise InvalidInput(message, field=where, fix="set it, or write the value")
        # What the environment holds is taken as it is: a password may contain `${`.
        return value[:start] + os.environ[name] + str(_filled(rest, where))
    return value


def anchored_kafka(kafka: BrokerSettings, folder: Path) -> BrokerSettings:
    """Take relative paths from the folder of the file that names them."""
    names = ("ca_file", "certificate_file", "key_file", "password_file")
    given = {name: getattr(kafka, name) for name in names}
    return kafka.model_copy(update={n: folder / path for n, path in given.items() if path})


_PATHS = ("folder", "database", "secret_file")
_CHANNELS = (
    *("sms", "calls", "web_push", "app_push", "letters", "in_app", "webhook", "call_list"),
)


def _anchored_channels(settings: Settings, folder: Path) -> dict[str, Any]:
    """Return the channels' sections with their paths taken from a folder."""
    found: dict[str, Any] = {}
    for name in _CHANNELS:
        section = getattr(settings, name)
        paths = {p: getattr(section, p, None) for p in _PATHS}
        moved = {p: folder / path for p, path in paths.items() if path is not None}
        found[name] = section and section.model_copy(update=moved)
    return found


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Take relative paths from the folder of the configuration file."""
    ledger, output = settings.ledger, settings.output
    local = "://" not in output.announcements
    return settings.model_copy(
        update={
            "directory": settings.directory.anchored(folder),
            "kafka": settings.kafka and anchored_kafka(settings.kafka, folder),
            **_anchored_channels(settings, folder),
            "code_pools": {name: folder / path for name, path in settings.code_pools.items()},
            "ledger": ledger.model_copy(
                update={k: folder / getattr(ledger, k) for k in ("path", "rosters", "keys")}
            ),
            "output": output.model_copy(
                update={k: folder / getattr(output, k) for k in ("reports", "outbox", "previews")}
                | ({"announcements": str(folder / output.announcements)} if local else {})
            ),
        }
    )


def read_toml(path: Path, *, option: str, missing: str) -> dict[str, Any]:
    """Return what a TOML file says, with what it names of the environment filled in.

    Raises InvalidInput naming `option`; `missing` is the fix where there is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"there is no configuration file {path.name}"
        raise InvalidInput(message, field=option, fix=missing) from None
    except (OSError, UnicodeDecodeError):
        message = f"{path.name} cannot be read as text"
        raise InvalidInput(message, field=option, fix="name a readable TOML file") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{path.name} is not TOML: {error}"
        raise InvalidInput(message, field=option, fix="correct that line") from None
    return {name: _filled(value, name) for name, value in document.items()}


def read_settings(path: Path) -> Settings:
    """Read the configuration; InvalidInput names the field and the fix."""
    document = read_toml(path, option="--config", missing="`tocsin init` writes one")
    try:
        settings = Settings(**document)
    except ValidationError as error:
        raise as_invalid_input(error, raw=document, model=Settings) from None
    for number, organisation in enumerate(settings.organisations):
        check_named(organisation.forms, field=f"organisations[{number}].forms")
    check_lanes(settings.policy.lane_rates_per_s)
    return _anchored(settings, path.resolve().parent)

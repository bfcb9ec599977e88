"""The part of the configuration that names the duty officers, and how each is reached."""

import re
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from tocsin.notifiers.http_settings import is_safe_url
from tocsin.notifiers.webhook_settings import secret_bytes
from tocsin.runtimes.secret import WithSecret
from tocsin.schemas.alarm import Gravity, Means, Officer
from tocsin.schemas.errors import InvalidInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ADDRESS = re.compile(r"[^@\s<>\x00-\x1f]+@[^@\s<>\x00-\x1f]+")
_SHORTEST, _LONGEST = 24, 64


class DutyOfficerSection(WithSecret):
    """Somebody who is alarmed, by every means that is given; the secret signs the webhook."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f/:#]+$")]
    email: str | None = Field(default=None, repr=False)
    phone: str | None = Field(default=None, repr=False)
    """E.164, such as +4930901820; needs the section [sms]."""
    webhook: str | None = Field(default=None, repr=False)
    """Where an on-call service takes alarms."""
    severities: frozenset[Gravity] = frozenset(Gravity)
    """Which alarms: `note`, `warning`, `urgent`; all of them unless it is said."""

    @field_validator("email")
    @classmethod
    def _is_address(cls, email: str | None) -> str | None:
        if email is not None and _ADDRESS.fullmatch(email) is None:
            message = "write one address, such as on-call@example.com"
            raise ValueError(message)
        return email

    @field_validator("phone")
    @classmethod
    def _is_number(cls, phone: str | None) -> str | None:
        if phone is not None and _E164.fullmatch(phone) is None:
            message = "write the number with its country, such as +4930901820"
            raise ValueError(message)
        return phone

    @field_validator("webhook")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        if url is not None and not is_safe_url(url):
            message = "write an https URL without a user name"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not self.means:
            message = "nobody can be reached without email, phone or webhook"
            raise ValueError(message)
        if self.webhook is not None and self.secret_env is None and self.secret_file is None:
            message = "a webhook is signed: name its secret in secret_env or secret_file"
            raise ValueError(message)
        return self

    @property
    def means(self) -> tuple[Means, ...]:
        """How they are reached, the quickest first."""
        given = (
            (Means.WEBHOOK, self.webhook),
            (Means.SMS, self.phone),
            (Means.EMAIL, self.email),
        )
        return tuple(means for means, where in given if where is not None)

    def officer(self) -> Officer:
        """Return the officer as the stages know one."""
        return Officer(self.name, self.means, self.severities)

    def key(self, position: int) -> bytes:
        """Return what signs the webhook; InvalidInput where it is missing, or no such secret."""
        field = f"duty_officers[{position}]"
        found: SecretStr = self.secret(field)
        key = secret_bytes(found)
        if not _SHORTEST <= len(key) <= _LONGEST:
            message = "no secret that signs"
            fix = f"write whsec_ and the base64 of {_SHORTEST} to {_LONGEST} random bytes"
            raise InvalidInput(message, field=f"{field}.secret", fix=fix)
        return key

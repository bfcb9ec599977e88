"""How a Kafka cluster is reached: where, how encrypted, in whose name."""

import asyncio
import os
import re
import ssl
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import Field, field_validator, model_validator
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.record import Record

_ANSWER_S = 3.0
_PLACE = r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$"


class Security(StrEnum):
    """`security.protocol` of Kafka."""

    PLAINTEXT = "plaintext"
    SSL = "ssl"
    SASL_PLAINTEXT = "sasl_plaintext"
    SASL_SSL = "sasl_ssl"


class Mechanism(StrEnum):
    """`sasl.mechanism` of Kafka, those that need no more than a name and a password."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class BrokerSettings(Record):
    """A Kafka cluster, and the topics in it."""

    brokers: tuple[str, ...] = Field(min_length=1)
    """`host:port` of some brokers; the rest of the cluster is found through them."""
    security: Security = Security.PLAINTEXT
    ca_file: Path | None = None
    """PEM of who signed the brokers' certificates; without it, those whom the system trusts."""
    certificate_file: Path | None = None
    """PEM of our own certificate, for brokers that ask for one."""
    key_file: Path | None = None
    """PEM of its key."""
    mechanism: Mechanism = Mechanism.SCRAM_SHA_512
    username: str | None = None
    password_env: str | None = None
    """Name of the environment variable that holds the password."""
    password_file: Path | None = None
    """File that holds the password."""
    prefix: str = Field(default="tocsin", pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    """First part of the topics' names and of the consumer groups'."""
    partitions: int = Field(default=12, ge=1, le=1000)
    """Of each topic: no more workers than this share one."""
    replication: int = Field(default=3, ge=1, le=15)
    """Copies of each message; 1 only where there is one broker."""
    min_in_sync: int = Field(default=2, ge=1, le=15)
    """Copies that must stand before a message counts as written (`min.insync.replicas`)."""
    keep_days: int = Field(default=7, ge=1, le=3650)
    """How long messages are kept."""

    @field_validator("brokers")
    @classmethod
    def _are_places(cls, brokers: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(_PLACE, broker) for broker in brokers):
            message = "write each broker as host:port"
            raise ValueError(message)
        return brokers

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.min_in_sync > self.replication:
            message = "min_in_sync is larger than replication: nothing could ever be written"
            raise ValueError(message)
        if self.security in {Security.SASL_PLAINTEXT, Security.SASL_SSL} and not (
            self.username and (self.password_env or self.password_file)
        ):
            message = "SASL needs username, and password_env or password_file"
            raise ValueError(message)
        if (self.certificate_file is None) != (self.key_file is None):
            message = "certificate_file and key_file go together"
            raise ValueError(message)
        return self

    def password(self) -> str | None:
        """Return the password from where it is kept. Raises InvalidInput where it is not."""
        if self.password_env is not None:
            if (value := os.environ.get(self.password_env)) is None:
                message = f"the environment has no {self.password_env}"
                raise InvalidInput(message, field="kafka.password_env", fix="set it")
            return value
        if self.password_file is not None:
            try:
                return self.password_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                message = "the file cannot be read"
                raise InvalidInput(
                    message, field="kafka.password_file", fix="name a readable file"
                ) from None
        return None

    def tls(self) -> ssl.SSLContext | None:
        """Return how connections are encrypted; None where they are not."""
        if self.security in {Security.PLAINTEXT, Security.SASL_PLAINTEXT}:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file is not None:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except (OSError, ssl.SSLError):
            message = "the certificates cannot be read"
            fix = "name PEM files: ca_file, certificate_file, key_file"
            raise InvalidInput(message, field="kafka.ca_file", fix=fix) from None
        return context

    def client(self) -> dict[str, Any]:
        """Return the options by which kafka-python and aiokafka both connect."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.brokers),
            "security_protocol": self.security.name,
        }
        if (context := self.tls()) is not None:
            options["ssl_context"] = context
        if self.security in {Security.SASL_PLAINTEXT, Security.SASL_SSL}:
            options |= {
                "sasl_mechanism": self.mechanism.value,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password(),
            }
        return options

    async def answers(self) -> bool:
        """Whether one of the brokers takes a connection now."""
        for place in self.brokers:
            host, _, port = place.rpartition(":")
            connecting = asyncio.open_connection(host.strip("[]"), int(port), ssl=self.tls())
            try:
                async with asyncio.timeout(_ANSWER_S):
                    _, writer = await connecting
            except (OSError, TimeoutError):
                continue
            writer.close()
            return True
        return False

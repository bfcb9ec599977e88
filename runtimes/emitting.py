"""What an emitting detector is given: brokers, its key, its spool."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from tocsin.detectors.plain_errors import as_invalid_input
from tocsin.runtimes.settings import anchored_kafka, read_toml
from tocsin.schemas.errors import InvalidInput, NotFound
from tocsin.schemas.signing import private_key
from tocsin.streams.broker import BrokerSettings

if TYPE_CHECKING:
    from tocsin.streams.emitter import Emitter
    from tocsin.streams.forwarding import Emitted

_KEY_LIMIT = 1 << 14
_INSTALL = "pip install 'tocsin[detector]'"


def brokers_from(path: Path) -> BrokerSettings:
    """Return the cluster that a TOML file describes by the keys of [kafka], or as [kafka].

    Raises InvalidInput naming the field and the fix. Relative paths are taken from its folder.
    """
    document = read_toml(path, option="--kafka", missing="write one: brokers = ['host:9092']")
    section = document["kafka"] if isinstance(document.get("kafka"), dict) else document
    try:
        settings = BrokerSettings.model_validate(section)
    except ValidationError as error:
        refused = as_invalid_input(error, raw=section, model=BrokerSettings)
        field = f"kafka.{refused.field}" if refused.field else "kafka"
        raise InvalidInput(refused.message, field=field, fix=refused.fix) from None
    return anchored_kafka(settings, path.resolve().parent)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in a PEM file that only its owner may read."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read(_KEY_LIMIT)
    except FileNotFoundError:
        message = f"there is no file {path.name}"
        fix = "name the file that `tocsin principal add ... --save-key FILE` wrote"
        raise NotFound(message, field="--key", fix=fix) from None
    except OSError as error:
        message = f"{path.name} cannot be read ({type(error).__name__})"
        raise InvalidInput(message, field="--key", fix="name a readable PEM file") from None
    if mode & 0o077:
        message = f"others than you may read {path.name}"
        fix = f"`chmod 600 {path.name}`; if others had access, add a new principal with a new key"
        raise InvalidInput(message, field="--key", fix=fix)
    try:
        return private_key(pem)
    except InvalidInput as refused:
        raise InvalidInput(refused.message, field="--key", fix=refused.fix) from None


@contextmanager
def emitter(
    kafka: BrokerSettings, *, signer: str, key: Ed25519PrivateKey, spool: Path, wait_s: float
) -> Iterator["Emitter"]:
    """Open an emitter. Raises InvalidInput where Kafka's client is not installed."""
    _need_client()
    from tocsin.streams.emitter import Emitter  # noqa: PLC0415  # only with the extra

    with Emitter(kafka=kafka, signer=signer, key=key, spool=spool, wait_s=wait_s) as opened:
        yield opened


def send_spooled(kafka: BrokerSettings, *, spool: Path, wait_s: float) -> "Emitted":
    """Send what a spool holds, signed long since, and return what became of it."""
    _need_client()
    from tocsin.streams.forwarding import Forwarder  # noqa: PLC0415  # only with the extra
    from tocsin.streams.spool import Spool  # noqa: PLC0415

    if not spool.is_dir():
        message = f"there is no folder {spool}"
        raise NotFound(message, field="--spool", fix="name the one that `tocsin emit` used")
    forwarder = Forwarder(kafka, Spool(spool))
    forwarder.open(patience_s=wait_s)
    return forwarder.close(wait_s=wait_s)


def _need_client() -> None:
    try:
        import kafka  # noqa: F401, PLC0415  # only with the extra
    except ModuleNotFoundError:
        message = "Kafka's client is not installed"
        raise InvalidInput(message, field="kafka", fix=_INSTALL) from None

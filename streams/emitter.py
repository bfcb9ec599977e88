"""The emitter: how a detector reports, signed, and without losing anything while brokers are away.

`examples/emit.py` shows all of it.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.schemas.canonical import canonical
from tocsin.schemas.cloud_events import (
    DETECTION,
    EVENT_LIMIT,
    cloud_event,
    data_of,
    parse_wire,
    plain,
    read_event,
    to_wire,
)
from tocsin.schemas.detection import Detection
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.signing import sign, source_of
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.forwarding import Emitted, Forwarder
from tocsin.streams.spool import Spool, SpoolBounds, spooled_name


class Emitter:
    """Reports detections in the name of one detector. Threads may share it."""

    def __init__(
        self,
        *,
        kafka: BrokerSettings,
        signer: str,
        key: Ed25519PrivateKey,
        spool: Path,
        bounds: SpoolBounds | None = None,
        wait_s: float = 10,
        delivery_timeout_s: float = 30,
    ) -> None:
        """Name the parts; nothing is opened yet.

        `wait_s`: how long the end waits for acknowledgements, and the beginning for a spool that
        another process holds.
        """
        self._signer = signer
        self._key = key
        self._wait_s = wait_s
        self._forwarder = Forwarder(
            kafka, Spool(spool, bounds), delivery_timeout_s=delivery_timeout_s
        )
        self.emitted = Emitted(0, 0)
        """What became of the events, known once the emitter is closed."""

    def __enter__(self) -> Self:
        self._forwarder.open(patience_s=self._wait_s)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def emit(self, detection: Detection) -> bool:
        """Report a detection; False if it waits in the spool already. Returns without waiting.

        Raises InvalidInput naming the field for what may not be an event, Unavailable where the
        spool is full; nothing was kept then.
        """
        data = signed_event(detection, signer=self._signer, key=self._key)
        return self._forwarder.put(spooled_name(self._signer, detection.event_id), data)

    def close(self) -> Emitted:
        """Wait for acknowledgements, then end; what waits in the spool goes with the next one."""
        self.emitted = self._forwarder.close(wait_s=self._wait_s)
        return self.emitted


def signed_event(detection: Detection, *, signer: str, key: Ed25519PrivateKey) -> bytes:
    """Return the bytes of a detection as its signed event; the same detection gives the same ones.

    Raises InvalidInput, naming the field, for a detection that a reader would refuse: one of
    another detector, too large, or with an address in it.
    """
    if detection.detector != signer:
        message = "the detection is another detector's"
        raise InvalidInput(message, field="detector", fix=f"write {signer}, who signs it")
    try:
        event = cloud_event(
            DETECTION,
            detection,
            event_id=detection.event_id,
            source=source_of(signer),
            time=detection.observed_at,
        )
        data = to_wire(sign(plain(event), signer=signer, key=key))
    except UnicodeEncodeError:
        message = "a text holds half a character"
        raise InvalidInput(message, field="data", fix="send UTF-8 text") from None
    if len(data) > EVENT_LIMIT:
        message = f"the event would be larger than {EVENT_LIMIT:,} bytes"
        fix = "send the finding's fields, not the data that leaked"
        raise InvalidInput(message, field=_largest(event.data), fix=fix)
    # as readers do: the record may have been made without its checks
    data_of(read_event(parse_wire(data)))
    return data


def _largest(body: dict[str, Any]) -> str:
    return f"data.{max(body, key=lambda field: len(canonical(body[field])))}"

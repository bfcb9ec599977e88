"""Forwarding: a thread that hands what a spool holds to the brokers, and again until it is taken.

An event leaves the spool only when it was acknowledged. After any failure the producer is made
anew and everything that waits is sent again, same bytes: who reads it drops repeats by event id.
"""

import json
import threading
from dataclasses import dataclass

from kafka.errors import MessageSizeTooLargeError
from tocsin.schemas.cloud_events import CONTENT_TYPE
from tocsin.schemas.errors import Conflict
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.producer import Producer
from tocsin.streams.spool import Spool
from tocsin.streams.topics import Topics

_WINDOW = 1_000
"""Events under way at once; the rest waits on the disk, not in memory."""
_HEADERS = [("content-type", CONTENT_TYPE.encode())]
_SHORTEST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Emitted:
    """What became of the events: `sent` are acknowledged, `spooled` wait for another time."""

    sent: int
    spooled: int
    reason: str = ""
    """Why some wait: the kind of the last failure."""


class Forwarder:
    """Sends what a spool holds, in order of arrival, and what is put into it meanwhile."""

    def __init__(
        self, kafka: BrokerSettings, spool: Spool, *, delivery_timeout_s: float = 30
    ) -> None:
        """Name the parts; nothing is opened yet."""
        self._kafka = kafka
        self._spool = spool
        self._delivery_timeout_s = delivery_timeout_s
        self._topic = Topics(kafka.prefix).detections
        self._changed = threading.Condition()
        self._queue: dict[str, None] = {}  # a set that keeps its order
        self._under_way: set[str] = set()
        self._left_aside: set[str] = set()
        self._sent = 0
        self._window = _WINDOW
        self._reason = ""
        self._failed = False
        self._open = False
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="tocsin-forwarder", daemon=True)

    def open(self, *, patience_s: float = 0) -> None:
        """Take hold of the spool and begin to send. Raises as the spool and the settings do."""
        self._kafka.client()  # what is wrong with a password or a certificate is told here
        self._spool.open(patience_s=patience_s)
        self._open = True
        self._thread.start()

    def put(self, name: str, data: bytes) -> bool:
        """Keep an event and send it when possible; False if it waits already."""
        if not self._open:
            message = "the emitter is not open"
            raise Conflict(message, field="emitter", fix="emit within `with Emitter(...)`")
        new = self._spool.put(name, data)
        with self._changed:
            if new and name not in self._under_way:  # else the thread found it by itself
                self._queue[name] = None
                self._changed.notify_all()
        return new

    def close(self, *, wait_s: float) -> Emitted:
        """Wait for acknowledgements at most so long; then nothing is sent any more.

        Where a broker neither answers nor refuses, ending takes up to twenty seconds longer.
        """
        with self._changed:
            self._open = False
            self._changed.wait_for(self._all_acknowledged, timeout=wait_s)
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._spool.close()
        left = self._spool.events
        return Emitted(self._sent, left, (self._reason or "no answer in time") if left else "")

    def _all_acknowledged(self) -> bool:
        return self._spool.events <= len(self._left_aside)

    def _work(self) -> None:
        pause = _SHORTEST_PAUSE_S
        while not self._stopping:
            before = self._sent
            try:
                self._with_a_producer()
            except Exception as error:  # noqa: BLE001  # whatever it is, the spool has the events
                self._trouble(error)
            pause = _SHORTEST_PAUSE_S if self._sent > before else min(2 * pause, _LONGEST_PAUSE_S)
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, timeout=pause)

    def _with_a_producer(self) -> None:
        producer = Producer(self._kafka, delivery_timeout_s=self._delivery_timeout_s)
        try:
            with self._changed:
                self._failed = False
                self._under_way.clear()
                waiting = (name for name in self._spool.waiting() if name not in self._left_aside)
                self._queue = dict.fromkeys(waiting)
            while (name := self._next()) is not None:
                self._send(producer, name)
        finally:
            producer.stop()

    def _next(self) -> str | None:
        """Return what is to be sent next, once there is room; None when this producer is done."""
        with self._changed:
            self._changed.wait_for(self._may_go_on)
            if self._stopping or self._failed:
                return None
            name = next(iter(self._queue))
            del self._queue[name]
            self._under_way.add(name)
            return name

    def _may_go_on(self) -> bool:
        room = bool(self._queue) and len(self._under_way) < self._window
        return room or self._stopping or self._failed

    def _send(self, producer: Producer, name: str) -> None:
        try:
            data = self._spool.read(name)
            if data is None:  # acknowledged meanwhile, by the producer before this one
                with self._changed:
                    self._under_way.discard(name)
                return
            event_id = str(json.loads(data)["id"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self._leave_aside(name, "is no event that can be read")
            return
        future = producer.send(self._topic, data, key=event_id.encode(), headers=_HEADERS)
        future.add_callback(self._acknowledged, name)
        future.add_errback(self._refused, name)

    def _acknowledged(self, name: str, _where: object) -> None:
        try:
            removed = self._spool.remove(name)
        except OSError:
            self._leave_aside(name, "was sent and cannot be removed")
            return
        with self._changed:
            self._under_way.discard(name)
            self._sent += removed
            self._changed.notify_all()

    def _refused(self, name: str, error: BaseException) -> None:
        # kafka-python fails everything under way for one that is too large, and the producer with
        # it: the next producer sends them one by one until that one is found
        if isinstance(error, MessageSizeTooLargeError):
            with self._changed:
                alone = self._under_way == {name}
                self._window = _WINDOW if alone else 1
            if alone:
                self._leave_aside(name, "is larger than the brokers take (`message.max.bytes`)")
        self._trouble(error)

    def _leave_aside(self, name: str, why: str) -> None:
        """Go on with the others: the next emitter tries this one again."""
        with self._changed:
            self._under_way.discard(name)
            self._left_aside.add(name)
            self._reason = f"{name} in the spool {why}"
            self._changed.notify_all()

    def _trouble(self, error: BaseException) -> None:
        with self._changed:
            told = self._stopping or self._failed or self._left_aside
            if not told:  # what ends with its producer has not failed by itself
                self._reason = type(error).__name__
            self._failed = True
            self._changed.notify_all()

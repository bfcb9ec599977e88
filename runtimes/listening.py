"""How a worker takes detections in: signatures checked, merged in the ledger, the rest put aside.

At least once: a message is done with when its detection stands in the ledger, where a repeat
changes nothing, or when a dead letter says where it stands and why. A detection opens a draft for
people to look at. It is no command: nothing that comes in here can approve or send.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tocsin.ledger import principals
from tocsin.runtimes.drafts import take_in
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.log import structlog
from tocsin.schemas.detection import Detection
from tocsin.schemas.errors import InvalidInput, TocsinError
from tocsin.schemas.lease import boottime
from tocsin.schemas.signing import signed_detection
from tocsin.streams.letters import DeadLetter, DeadLetterBox, dead_letter

_log = structlog.get_logger("tocsin.listening")
_AT_ONCE = 10_000
_KEYS_S = 5.0
"""How old the detectors' keys may be: a detector that was revoked is heard for so long."""
_FORGET_EVERY_S = 3600.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0


class Heard(NamedTuple):
    """A message as it stands in a topic."""

    partition: int
    offset: int
    value: bytes


class Listening:
    """Takes messages of detectors in, batch by batch."""

    def __init__(self, runtime: Runtime, box: DeadLetterBox) -> None:
        """Name the ledger, and where dead letters go."""
        self._runtime = runtime
        self._box = box
        self._keys: Mapping[str, Ed25519PublicKey] = {}
        self._keys_until = 0.0
        self.counts: Counter[str] = Counter()
        """Messages by what became of them: new, repeated, dead; and drafts opened."""

    async def hear(self, heard: Sequence[Heard]) -> None:
        """Take messages in; returns once all of them stand somewhere, however long that takes.

        Never raises but when cancelled, and then nothing may be acknowledged.
        """
        pause = _FIRST_PAUSE_S
        while True:
            try:
                await self._take_in(heard)
            except Exception as error:  # noqa: BLE001  # the ledger or the brokers are away: wait
                _log.warning("not taken in", error=type(error).__name__, again_in_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                return

    async def forget(self) -> None:
        """Delete, every hour until cancelled, detections that opened no draft and are too old."""
        while True:
            await asyncio.sleep(_FORGET_EVERY_S)
            kept = timedelta(days=self._runtime.settings.policy.detections_kept_days)
            before = self._runtime.step.clock.now() - kept
            try:
                while await self._runtime.ledger.prune(before=before, limit=_AT_ONCE) >= _AT_ONCE:
                    continue
            except Exception as error:  # noqa: BLE001  # the next hour will do
                _log.warning("not forgotten", error=type(error).__name__)

    async def _take_in(self, heard: Sequence[Heard]) -> None:
        keys = await self._current_keys()
        detections: list[Detection] = []
        letters: list[DeadLetter] = []
        for message in heard:
            read = self._read(message, keys)
            if isinstance(read, Detection):
                detections.append(read)
            else:
                letters.append(read)
        if detections:
            taken = await take_in(self._runtime, detections)
            self.counts.update(new=taken.new, repeated=taken.repeated, drafts=len(taken.opened))
        if letters:
            await self._box.put(letters)
            self.counts["dead"] += len(letters)
            first = letters[0]
            _log.warning("dead letters", count=len(letters), field=first.field, why=first.reason)

    def _read(self, message: Heard, keys: Mapping[str, Ed25519PublicKey]) -> Detection | DeadLetter:
        try:
            return signed_detection(message.value, keys=keys)
        except TocsinError as error:
            refused = error
        except Exception as error:  # noqa: BLE001  # a message may be anything, and one must not stop the rest
            refused = InvalidInput(f"cannot be read ({type(error).__name__})")
        now = self._runtime.step.clock.now()
        place = {"partition": message.partition, "offset": message.offset}
        return dead_letter(refused, message.value, at=now, **place)

    async def _current_keys(self) -> Mapping[str, Ed25519PublicKey]:
        if boottime() >= self._keys_until:
            self._keys = await self._runtime.ledger.ask(principals.detector_keys)
            self._keys_until = boottime() + _KEYS_S
        return self._keys

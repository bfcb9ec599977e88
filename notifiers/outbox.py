"""A folder in place of a relay: for dry runs, drills and tests. No address enters it.

<folder>/<lane>/<reference>.eml    the message, with the reference in place of the recipient
<folder>/index.jsonl               one line per message, append-only, synced to disk per flush
"""

import asyncio
import hashlib
import json
import os
import re
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tocsin.notifiers.envelope_sender import EnvelopeSender
from tocsin.notifiers.sent import LINGER_S, Sent
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

NAME = "outbox"
"""What stands as the relay in every `Sent` of an outbox."""
_INDEX = "index.jsonl"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_TO = re.compile(rb"(?im)^to:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*")


def without_recipient(message: Message) -> bytes:
    """Return the content with the reference wherever the recipient stood, and in the To header."""
    reference = message.reference.encode()
    address = re.escape(message.recipient.encode())
    content = re.sub(address, reference, message.content, flags=re.IGNORECASE)
    head, blank, body = content.partition(b"\r\n\r\n")
    return _TO.sub(b"To: " + reference, head, count=1) + blank + body


class Outbox:
    """Accepts every message by writing it down; flushes and stops like a mailer (`SmtpMailer`)."""

    def __init__(self, folder: Path, *, flush: int = 500) -> None:
        self.folder = folder
        self._flush_at = max(1, flush // 2)

    async def __aenter__(self) -> Self:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; every flush is on disk already."""

    async def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        *,
        sender: EnvelopeSender,
        relay: str | None = None,
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Write messages and yield their outcomes in flushes; see `SmtpMailer.send`.

        At most half of `flush` messages are written and not applied. `sender` and `relay` do not
        matter here.

        Raises:
            InvalidInput: a lane or reference cannot be the name of a file.
        """
        del sender, relay
        start = 0
        while start < len(messages) and lease.may_send:
            chunk = messages[start : start + self._flush_at]
            flush = await asyncio.to_thread(self._write, chunk, lease)
            start += len(flush)
            if flush:
                yield flush

    def _write(self, messages: Sequence[Message], lease: Lease) -> tuple[Sent, ...]:
        """Write until the chunk, a tenth of a second or the lease is over; then sync the index."""
        until = time.monotonic() + min(LINGER_S, lease.length_s / 3)
        sent: list[Sent] = []
        lines: list[bytes] = []
        for message in messages:
            if not lease.may_send or (sent and time.monotonic() > until):
                break
            content = without_recipient(message)
            path = self._path(message)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            line = {
                "lane": message.lane,
                "seq": message.seq,
                "reference": message.reference,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            lines.append(json.dumps(line).encode() + b"\n")
            sent.append(Sent(message.lane, message.seq, Accepted(), NAME))
        if lines:
            self._note(b"".join(lines))
        return tuple(sent)

    def _path(self, message: Message) -> Path:
        for name, value in (("lane", message.lane), ("reference", message.reference)):
            if not _SAFE.fullmatch(value):
                text = f"the {name} cannot be the name of a file"
                raise InvalidInput(text, field=name, fix="use letters, digits, dots and hyphens")
        return self.folder / message.lane / f"{message.reference}.eml"

    def _note(self, lines: bytes) -> None:
        index = os.open(self.folder / _INDEX, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(index, lines)
            os.fsync(index)
        finally:
            os.close(index)

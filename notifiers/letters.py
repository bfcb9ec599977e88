"""Letters: each batch becomes one print folder of tagged PDFs, made whole before it is marked.

A letter costs money and a second one frightens people. What makes a second one impossible is the
journal of `letter_folders`: whatever crashes, a letter that is out is known to be out.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Self

from tocsin.notifiers.letter_folders import PrintFolders
from tocsin.notifiers.letter_printing import print_batch
from tocsin.notifiers.letter_settings import LetterSettings
from tocsin.notifiers.letter_sheets import batches
from tocsin.notifiers.sent import Sent
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.typesetting.press import Press

NAME = "letters"
"""What stands as the relay in every `Sent`."""
TYPESETTER = "tocsin.notifiers.letter_typesetter"
_HEARTBEATS_PER_LEASE = 3
_PULSE_S = 0.1


class Letters:
    """Sets letters and puts them where a print house finds them.

        async with Letters(settings) as letters:
            async with aclosing(letters.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a postal address (`Reach.postal`), its `content` what
    the letter of a cohort is once it is spliced. `Accepted.provider_ref` is batch id/sequence.
    """

    def __init__(self, settings: LetterSettings) -> None:
        self._settings = settings
        self._folders = PrintFolders(settings.folder)
        self._press: Press | None = None

    async def __aenter__(self) -> Self:
        """Make the folders, and clear away what a killed process had not finished."""
        await asyncio.to_thread(self._folders.prepare)
        self._press = Press(self._settings.processes, TYPESETTER)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; nothing runs on."""
        self._press = None

    async def send(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Print messages and yield their outcomes, folder by folder, with empty flushes between.

        Resuming after a flush means that it was durably applied; at most `per_folder` letters are
        out without that, and none of them can go out again: asked for a second time, they are
        looked up. There is a flush at least every third of the lease. When the lease orders a pause
        or a stop, or is lost, no folder is marked any more. `sender` does not matter: the letter
        itself says who writes.

        Raises:
            InvalidInput: the content of a message is not a letter.
        """
        del sender
        press = self._press
        if press is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        loop = asyncio.get_running_loop()
        most = self._settings.per_folder
        for batch in await asyncio.to_thread(lambda: tuple(batches(messages, most))):
            if not lease.may_send:
                return
            printing = loop.create_task(
                print_batch(
                    batch, lease, press=press, folders=self._folders, settings=self._settings
                )
            )
            beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            try:
                while not (await asyncio.wait({printing}, timeout=_PULSE_S))[0]:
                    if not lease.alive:
                        return
                    if loop.time() >= beat_at:
                        yield ()
                        beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            finally:
                printing.cancel()
                await asyncio.wait({printing})
            sent = tuple(printing.result().items())
            for start in range(0, len(sent), self._settings.flush):
                flush = sent[start : start + self._settings.flush]
                yield tuple(Sent(batch.lane, seq, outcome, NAME) for seq, outcome in flush)

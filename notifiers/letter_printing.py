"""Makes one batch of letters into a print folder, or finds out that it is one already."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from tocsin.notifiers.letter_address import read_address
from tocsin.notifiers.letter_folders import PrintFolders
from tocsin.notifiers.letter_manifest import PrintFile, as_csv, as_json
from tocsin.notifiers.letter_settings import LetterSettings
from tocsin.notifiers.letter_sheets import Addressed, Batch, Letter, in_print_order
from tocsin.schemas.lease import Lease
from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused, SendOutcome
from tocsin.typesetting.fonts import set_with
from tocsin.typesetting.press import Press, TypesettingFailed

_Result = TypeVar("_Result")


async def print_batch(
    batch: Batch, lease: Lease, *, press: Press, folders: PrintFolders, settings: LetterSettings
) -> dict[int, SendOutcome]:
    """Return seq -> outcome; without those that the lease no longer let out.

    When it is cancelled the folder is either marked and in the journal, or not there.
    """
    return await _Printing(batch, lease, press, folders, settings).outcomes()


class _Printing:
    """The work on one batch."""

    def __init__(
        self,
        batch: Batch,
        lease: Lease,
        press: Press,
        folders: PrintFolders,
        settings: LetterSettings,
    ) -> None:
        self._batch = batch
        self._lease = lease
        self._press = press
        self._folders = folders
        self._settings = settings
        self._outcomes: dict[int, SendOutcome] = {}

    async def outcomes(self) -> dict[int, SendOutcome]:
        try:
            while left := await self._not_out():
                fitting = await self._fitting(left)
                if not fitting or not self._lease.may_send:
                    break
                await self._publish(fitting)
        except* (TypesettingFailed, OSError):  # nothing of what is left is out
            for letter in self._batch.letters:
                self._outcomes.setdefault(letter.message.seq, Deferred(Reason.RELAY_UNAVAILABLE))
        return self._outcomes

    async def _not_out(self) -> list[Letter]:
        """Return the letters without an outcome, after those that are out were given theirs."""
        batch = self._batch
        out = await _whole(
            lambda: self._folders.out(batch.round, batch.lane, batch.rung, batch.seqs)
        )
        for letter in batch.letters:
            if found := out.get(str(letter.code)):
                self._outcomes[letter.message.seq] = Accepted(found)
        return [x for x in batch.letters if x.message.seq not in self._outcomes]

    async def _fitting(self, letters: Sequence[Letter]) -> list[Addressed]:
        """Return the letters that can be printed, in order; the others get why not as outcome."""
        where, language = self._settings.origin, self._settings.language
        read = [
            (x, read_address(x.message.recipient, origin=where, language=language)) for x in letters
        ]
        texts = _texts(letters)
        asked = [{"lines": a.lines, "country": a.country} for _, a in read if a]
        job = {
            "addresses": asked,
            "texts": [json.loads(text) for text in texts],
            "most": self._settings.pages,
        }
        said = await self._press.run({"check": job})
        layouts = dict(zip(texts, said["layouts"], strict=True))
        unfit = set(said["unfit"])
        place = -1
        fitting = []
        for letter, address in read:
            place += address is not None
            length, tight = layouts[letter.text]
            if address is None or place in unfit:
                self._outcomes[letter.message.seq] = Refused(Reason.MALFORMED_ADDRESS)
            elif not 0 < length <= self._settings.pages:
                self._outcomes[letter.message.seq] = Refused(Reason.REFUSED_CONTENT)
            elif self._settings.price(address.country, length) is None:
                self._outcomes[letter.message.seq] = Refused(Reason.REFUSED_BY_POLICY)
            else:
                fitting.append(Addressed(letter, address, tight))
        return in_print_order(fitting)

    async def _publish(self, letters: Sequence[Addressed]) -> None:
        """Make a folder and mark it, if none of the letters went out meanwhile."""
        name = self._batch.name([each.letter for each in letters])
        with self._folders.making() as (place, lock):
            starts = range(0, len(letters), self._settings.per_file)
            chunks = [letters[start : start + self._settings.per_file] for start in starts]
            async with asyncio.TaskGroup() as setting:
                running = [
                    setting.create_task(self._set(place / f"letters-{n:04}.pdf", chunk, lock))
                    for n, chunk in enumerate(chunks, start=1)
                ]
            files = [each.result() for each in running]
            mark = await _whole(lambda: self._write_manifests(place, name, files))
            codes = [str(each.letter.code) for each in letters]
            await _whole(
                lambda: self._folders.publish(
                    place,
                    round_id=self._batch.round,
                    batch=name,
                    codes=codes,
                    mark=mark,
                    may=lambda: self._lease.may_send,
                )
            )

    async def _set(self, path: Path, letters: Sequence[Addressed], lock: int) -> PrintFile:
        texts = _texts(each.letter for each in letters)
        tight = {each.letter.text for each in letters if each.tight}
        job = {
            "title": f"{self._batch.round} {self._batch.lane} {path.stem}",
            "marks": self._settings.marks,
            "texts": [{**json.loads(text), "tight": text in tight} for text in texts],
            "letters": [each.asked(texts) for each in letters],
        }
        at = int(self._batch.at.timestamp())
        said = await self._press.run({"set": job, "to": str(path), "at": at}, keep_open=[lock])
        places = tuple((first, last) for first, last in said["pages"])
        digest = hashlib.sha256(await _whole(path.read_bytes)).hexdigest()
        return PrintFile(path.name, tuple(letters), places, digest, said["in_all"])

    def _write_manifests(self, place: Path, name: str, files: Sequence[PrintFile]) -> bytes:
        """Write both manifests and return the mark: the SHA-256 of manifest.json."""
        table = as_csv(files, self._settings)
        about = {
            "round": self._batch.round,
            "batch": name,
            "dated": self._batch.at.isoformat(),
            "set_with": set_with("segno"),
        }
        summed = as_json(files, table, self._settings, about=about)
        (place / "manifest.csv").write_bytes(table)
        (place / "manifest.json").write_bytes(summed)
        return hashlib.sha256(summed).hexdigest().encode()


def _texts(letters: Iterable[Letter]) -> list[str]:
    return sorted({letter.text for letter in letters})


async def _whole(work: Callable[[], _Result]) -> _Result:
    """Do blocking work in a thread and, even when cancelled, wait until it is done."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        raise

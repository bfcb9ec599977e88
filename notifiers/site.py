"""Where announcements stand: a folder, or any place that fsspec reaches (S3, SFTP, WebDAV ...)."""

import asyncio
import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.errors import InvalidInput, Unavailable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_UNFINISHED = ".unfinished"


class PublishedFile(NamedTuple):
    """A file of an announcement as it stands: its path within the announcement, its SHA-256."""

    path: str
    sha256: str


def _checked(name: str, field: str) -> str:
    if not _NAME.fullmatch(name):
        message = "not a plain relative path"
        raise InvalidInput(message, field=field, fix="use letters, digits, dots, hyphens, slashes")
    return name


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}{_UNFINISHED}")
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Site:
    """Publishes the files of announcements under a URL.

    A reader sees each file as it was or as it will be, never in between: locally by writing beside
    it and renaming, elsewhere by one put of the whole object.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # type: ignore[import-untyped] # noqa: PLC0415  # 2 MB that sending spares
        from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped] # noqa: PLC0415

        self.url = url
        try:
            found: tuple[Any, str] = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError):
            message = "no such place to publish"
            raise InvalidInput(
                message, field="site.url", fix="write a folder, or install what its scheme needs"
            ) from None
        self._files, self._root = found
        self._is_folder = isinstance(self._files, LocalFileSystem)

    async def publish(self, name: str, files: Mapping[str, bytes]) -> tuple[PublishedFile, ...]:
        """Put the files of announcement `name` in place, in the order given; others stay.

        Raises:
            InvalidInput: a name is no plain relative path.
            Unavailable: the place cannot be written now.
        """
        root = f"{self._root}/{_checked(name, 'announcement')}"
        paths = {_checked(path, "path"): content for path, content in files.items()}
        try:
            await asyncio.to_thread(self._put, root, paths)
        except OSError:
            raise _unavailable() from None
        return tuple(PublishedFile(path, sha256_hex(content)) for path, content in paths.items())

    async def remove(self, name: str, paths: Sequence[str]) -> None:
        """Remove files of announcement `name`; one that is not there is removed already.

        Raises:
            InvalidInput: a name is no plain relative path.
            Unavailable: the place cannot be written now.
        """
        root = f"{self._root}/{_checked(name, 'announcement')}"
        checked = [_checked(path, "path") for path in paths]
        try:
            await asyncio.to_thread(self._remove, root, checked)
        except OSError:
            raise _unavailable() from None

    async def published(self, name: str) -> Mapping[str, str]:
        """Return path -> SHA-256 of what stands under `name` now; nothing if nothing does.

        Raises:
            Unavailable: the place cannot be read now.
        """
        root = f"{self._root}/{_checked(name, 'announcement')}"
        try:
            return await asyncio.to_thread(self._look, root)
        except FileNotFoundError:
            return {}
        except OSError:
            raise _unavailable() from None

    def _put(self, root: str, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            if self._is_folder:
                _replace(Path(root, path), content)
            else:
                self._files.makedirs(f"{root}/{path}".rpartition("/")[0], exist_ok=True)
                self._files.pipe_file(f"{root}/{path}", content)

    def _remove(self, root: str, paths: Sequence[str]) -> None:
        self._files.invalidate_cache()
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                self._files.rm_file(f"{root}/{path}")

    def _look(self, root: str) -> dict[str, str]:
        self._files.invalidate_cache()
        stands: dict[str, str] = {}
        for found in sorted(self._files.find(root)):
            if not found.endswith(_UNFINISHED):
                path = found[found.index(root) + len(root) :].lstrip("/")
                stands[path] = sha256_hex(self._files.cat_file(found))
        return stands


def _unavailable() -> Unavailable:
    return Unavailable(
        "the place for announcements does not answer", field="site.url", fix="check it, try again"
    )

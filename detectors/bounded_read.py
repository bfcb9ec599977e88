"""Reading a file that someone else made: never more of it than the limit, never for ever."""

import os
import select
import stat
import time
from pathlib import Path

from tocsin.schemas.errors import InvalidInput, NotFound

INCIDENT_LIMIT = 1 << 20
"""Bytes of an incident file: 1 MiB."""
_PIECE = 1 << 16


def read_bounded(path: Path, *, limit: int = INCIDENT_LIMIT, patience_s: float = 5.0) -> bytes:
    """Return the bytes of a file, pipe or device that holds at most `limit` of them.

    A regular file that is too large is refused unread; of anything else at most `limit` + 1 bytes
    are read. A pipe that has not ended within `patience_s` seconds is refused too.
    """
    try:
        # without O_NONBLOCK, opening a named pipe waits until somebody writes to it
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        message = f"there is no file {path.name}"
        raise NotFound(message, fix="check the path") from None
    except OSError as refused:
        message = f"{path.name} cannot be opened: {os.strerror(refused.errno or 0)}"
        raise InvalidInput(message, fix="check the path and its permissions") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            message = f"{path.name} is a directory"
            raise InvalidInput(message, fix="name the file itself")
        if stat.S_ISREG(status.st_mode) and status.st_size > limit:
            raise _too_large(path, limit)
        data = _read_until(descriptor, path=path, most=limit + 1, patience_s=patience_s)
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise _too_large(path, limit)
    return data


def _read_until(descriptor: int, *, path: Path, most: int, patience_s: float) -> bytes:
    pieces: list[bytes] = []
    left = most
    # a pipe without a writer reads as ended, also before its first writer came
    may_yet_begin = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + patience_s
    while left > 0:
        try:
            piece = os.read(descriptor, min(_PIECE, left))
        except BlockingIOError:
            may_yet_begin = True
        except OSError as refused:
            message = f"{path.name} cannot be read: {os.strerror(refused.errno or 0)}"
            raise InvalidInput(message, fix="name a file") from None
        else:
            if piece:
                may_yet_begin = False
                pieces.append(piece)
                left -= len(piece)
                continue
            if not may_yet_begin:
                break
        events = poll.poll(max(0, (deadline - time.monotonic()) * 1000))
        if not events:
            message = f"{path.name} did not end within {patience_s:g} s"
            raise InvalidInput(message, fix="write the incident to a file and name that")
        may_yet_begin = not events[0][1] & select.POLLHUP
    return b"".join(pieces)


def _too_large(path: Path, limit: int) -> InvalidInput:
    return InvalidInput(
        f"{path.name} is larger than {limit:,} bytes",
        fix="an incident file holds facts and texts, not the data that leaked",
    )

"""The C library's memory, in a process that does nothing but work."""

import ctypes

_M_ARENA_MAX = -8
"""The number of this setting in glibc's malloc.h."""


def share_heap() -> None:
    """Let all threads take their memory from one place; to be called before there are any.

    glibc gives each thread a place of its own, which keeps what it once held: 8 MB that were never
    used at the same time, as a worker's threads take turns. Other C libraries have no such setting.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, 1)

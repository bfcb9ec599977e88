"""Python's collector of cycles, in a process that does nothing but work."""

import gc

from tocsin.regimes import load


def collect_seldom() -> None:
    """Let the collector pass over what was loaded, and look less often; let go what nobody uses.

    A person's message makes no cycle; looking for some took a tenth of the time of sending. It is a
    setting of the whole process: called by programs, once all is loaded.
    """
    load.let_go()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)

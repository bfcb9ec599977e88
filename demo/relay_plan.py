"""What the demo relay does to whom: fixed shares of the addresses of a made-up directory."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

from tocsin.demo.behaviour import Behaviour, Do
from tocsin.demo.shares import Shares

RELAY_MESS = ({"refuse": 20, "defer": 30, "close": 5, "drop": 5, "full": 2},)
"""How many addresses in a thousand are treated how; the others are accepted at once."""

_BEHAVIOUR = {
    "refuse": Behaviour(do=Do.REFUSE),
    "full": Behaviour(do=Do.FULL),
    "defer": Behaviour(do=Do.DEFER, times=1),
    "close": Behaviour(do=Do.CLOSE_421, times=1),
    "drop": Behaviour(do=Do.DROP_AFTER_DOT, times=1),
}
_SPELLINGS = "SELECT DISTINCT email FROM people WHERE email IS NOT NULL ORDER BY email"


def relay_plan(path: Path, seed: int) -> dict[str, Behaviour]:
    """Return address -> behaviour for the directory at `path`.

    Every spelling of an address in the directory, and the one in lower case, is treated alike.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        spelled = [email for (email,) in db.execute(_SPELLINGS)]
    shares = Shares(RELAY_MESS, Random(seed))
    behaviours: dict[str, Behaviour | None] = {}
    for address in sorted({email.lower() for email in spelled}):
        traits = shares.next()
        behaviours[address] = _BEHAVIOUR[min(traits)] if traits else None
    return {
        spelling: behaviour
        for email in spelled
        for spelling in (email, email.lower())
        if (behaviour := behaviours[email.lower()]) is not None
    }

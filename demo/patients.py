"""The patients of a made-up clinic in the United States, who are told by letter."""

from collections.abc import Iterator
from random import Random

from tocsin.demo.made_up_person import MadeUpPerson, adult, live

PATIENTS = 620
IN_TEXAS = 545
"""More than 500 in one state: its media are told too (45 CFR 164.406)."""
WITHOUT_ADDRESS = 5
"""So many moved away and left no address; nine letters more come back (`post_plan`)."""
AGREED = 60
"""So many agreed to be told by e-mail."""


def patients(first: int, *, seed: int) -> Iterator[MadeUpPerson]:
    """Yield the patients in key order; the first has the number `first`."""
    rng = Random(seed + 1)
    chosen = rng.sample(range(PATIENTS), WITHOUT_ADDRESS + AGREED)
    moved, agreed = set(chosen[:WITHOUT_ADDRESS]), set(chosen[WITHOUT_ADDRESS:])
    for n in range(PATIENTS):
        state = "US-TX" if n < IN_TEXAS else "US-NM"
        person = adult(rng, first + n, state, frozenset())
        person.system, person.newsletter, person.status = "clinic", 0, "active"
        person.has_password = person.has_card = 0
        if n not in moved:
            live(person, state)
        person.locale, person.agreed = "en-US", int(n in agreed)
        yield person

"""Which code of a round's range an obligation has: its place follows from the frozen lanes."""

from collections.abc import Mapping

from tocsin.schemas.errors import Conflict


def place_of(lanes: Mapping[str, int], lane: str, seq: int) -> int:
    """Return an obligation's place in its round's range, from 0.

    `lanes` is how many obligations each lane of the round has: lanes in the order of their names,
    one after the other, give every obligation a place of its own and leave none out. Raises
    Conflict for an obligation that the round does not have.
    """
    if not 0 <= seq < lanes.get(lane, 0):
        message = f"the round has no obligation {lane}/{seq}, so no code is meant for it"
        raise Conflict(message, field="codes", fix="this is a fault of the program: report it")
    return sum(size for name, size in lanes.items() if name < lane) + seq

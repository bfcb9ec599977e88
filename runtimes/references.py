"""Whether a code is genuine: from the keys alone, while the ledger is down."""

from pathlib import Path

from tocsin.ledger.keys import round_keys_in
from tocsin.schemas.errors import InvalidInput, NotFound, Unavailable
from tocsin.schemas.identifiers import is_genuine_reference, is_reference_code, public_code

_PUBLIC = "TC-"


def genuine_in(keys: Path, code: str, *, incident: str, number: int | None) -> tuple[str, ...]:
    """Return the rounds of an incident of which a code is; none when it is of none of them.

    A code that is genuine says nothing of a person: whose it is stands nowhere but in the ledger.
    """
    written = "".join(code.split()).upper()
    is_public = written.startswith(_PUBLIC)
    if not is_public and not is_reference_code(written):
        message = "is no reference: it was misread, or it was made up"
        fix = "ask for it sign by sign: ten signs and a hyphen, without 0, 1, I, L, O and U"
        raise InvalidInput(message, field="CODE", fix=fix)
    try:
        found = round_keys_in(keys, incident)
    except OSError:
        message = f"the folder of the keys, {keys}, cannot be read"
        fix = "run this where the keys are, as a user who may read them"
        raise Unavailable(message, field="ledger.keys", fix=fix) from None
    if number is not None:
        wanted = f"{incident}/r{number}"
        found = {name: key for name, key in found.items() if name == wanted}
    if not found:
        message = f"there is no key of {incident}" + (f"/r{number}" if number is not None else "")
        fix = "check the id of the incident, and that this is the folder of the keys"
        raise NotFound(message, field="--incident", fix=fix)
    return tuple(
        name
        for name, key in found.items()
        if (written == public_code(key, name) if is_public else is_genuine_reference(key, written))
    )

"""Whether the order that a regime asks for names duties that it knows, and no circle."""

from typing import NoReturn

from tocsin.schemas.duty import Addressee, Phase
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Regime

_PHASES = tuple(phase.value for phase in Phase)


def check_order(regime: Regime, *, file: str) -> None:
    """Raise InvalidInput for a duty that does not exist, and for two that come before each other.

    A duty of another regime, `US-HIPAA:authority:full`, is not looked up: it may be an own one.
    """
    pairs = [(each.first, each.then) for each in regime.order]
    for i, each in enumerate(regime.order):
        for field, name in (("first", each.first), ("then", each.then)):
            _check_name(name, regime, at=f"{file}: order[{i}].{field}")
        if (each.then, each.first) in pairs[:i]:
            message = f"{each.first} and {each.then} cannot each come first"
            _refuse(message, at=f"{file}: order[{i}]", fix="remove one of the two")


def _check_name(name: str, regime: Regime, *, at: str) -> None:
    head, _, tail = name.partition(":")
    if head not in tuple(Addressee):
        return
    known = {
        Addressee.AUTHORITY: [f"{r.phase.value}" for r in regime.reports]
        + [f"{r.phase.value}:{r.id}" for r in regime.reports],
        Addressee.OTHER: [other.id for other in regime.others],
    }.get(Addressee(head), [""])
    if tail not in known:
        fix = f"one of: {', '.join(f'{head}:{each}' if each else head for each in known)}"
        _refuse(f"there is no duty {name}", at=at, fix=fix)


def _refuse(message: str, *, at: str, fix: str) -> NoReturn:
    raise InvalidInput(message, field=at, fix=fix)

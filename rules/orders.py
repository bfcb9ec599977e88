"""What an authority ordered or asked for is owed, whatever the rules of its regime conclude."""

from collections.abc import Sequence
from typing import Any

from tocsin.rules.due_times import with_times
from tocsin.rules.timing import Timing
from tocsin.schemas.duty import Addressee, DueNature, Duty
from tocsin.schemas.incident import Asked, Order
from tocsin.schemas.regime import Deadline, Regime

_ADDRESSEE = {
    Asked.REPORT: Addressee.AUTHORITY,
    Asked.INDIVIDUALS: Addressee.INDIVIDUALS,
    Asked.PUBLIC: Addressee.PUBLIC,
}


def with_orders(
    duties: Sequence[Duty], regime: Regime, orders: Sequence[Order], timing: Timing
) -> tuple[Duty, ...]:
    """Return the duties with what was ordered under their regime: owed, by the earlier due time.

    The time that an authority names counts before a target of our own, not before the law's.

    A report in a phase that the rules do not know is a duty of its own, to whoever asked for it.
    """
    found = {duty.id: duty for duty in duties}
    for order in orders:
        if order.regime != regime.id:
            continue
        addressee = _ADDRESSEE[order.asks]
        phase = order.phase if order.asks is Asked.REPORT else None
        name = f"{regime.id}:{addressee.value}" + (f":{phase.value}" if phase else "")
        duty = found.get(name) or _of_its_own(name, regime, addressee, order)
        found[name] = _ordered(duty, order, regime, timing)
    return tuple(found.values())


def _of_its_own(name: str, regime: Regime, addressee: Addressee, order: Order) -> Duty:
    return Duty(
        id=name,
        regime=regime.id,
        addressee=addressee,
        phase=order.phase,
        required=False,
        reason="",
        cite="",
        content=regime.reports[0].content if regime.reports else (),
    )


def _ordered(duty: Duty, order: Order, regime: Regime, timing: Timing) -> Duty:
    said = f", reference {order.reference}" if order.reference else ""
    source = f"{order.by} asked for it on {order.at:%Y-%m-%d %H:%M} UTC{said}"
    update: dict[str, Any] = {
        "required": True,
        "reason": f"{source}.",
        "cite": duty.cite or "order of the authority",
        "missing": (),
        "assumed": (),
    }
    if duty.addressee is Addressee.AUTHORITY:
        update["to"] = order.by
    if duty.addressee is Addressee.PUBLIC:
        update["mode"] = regime.public.mode
    ordered = duty.model_copy(update=update)
    if duty.due_at is None:
        ordered = with_times(ordered, _deadline(duty, regime), timing)
        ordered = ordered.model_copy(update={"starts_at": ordered.starts_at or order.at})
    by_law = ordered.due_at if ordered.due_nature is DueNature.LAW else None
    if order.due is not None and (by_law is None or order.due < by_law):
        times = {"starts_at": order.at, "due_at": order.due, "due_nature": DueNature.LAW}
        ordered = ordered.model_copy(update={**times, "due_source": source})
    return ordered


def _deadline(duty: Duty, regime: Regime) -> Deadline:
    """Return the law's own deadline for what was ordered; none where it knows no such report."""
    if duty.addressee is not Addressee.AUTHORITY:
        return regime.individuals.deadline
    rules = [rule.deadline for rule in regime.reports if rule.phase is duty.phase]
    return rules[0] if rules else Deadline(wording="as the authority asked")

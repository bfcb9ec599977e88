"""Whom else to tell: the media, consumer reporting agencies, the police, each controller."""

from collections.abc import Mapping

from tocsin.rules.deciding import decide
from tocsin.rules.facts import FactValue, Known
from tocsin.rules.scope import Scope
from tocsin.schemas.circumstances import Party, PartyRole
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import Deadline, OtherRule, Regime


def others_of(
    regime: Regime,
    incident: IncidentFile,
    facts: Mapping[str, FactValue],
    known: Known,
    *,
    scope: Scope,
) -> list[tuple[Duty, Deadline]]:
    """Decide whom else to tell; where each controller is told, each is a duty of its own."""
    found: list[tuple[Duty, Deadline]] = []
    for rule in regime.others:
        duty = _other(regime, rule, facts, known, scope=scope)
        each = rule.each_controller and duty.required
        named = _with_people(controllers(incident)) if each else ()
        if not named:
            found.append((duty, rule.deadline))
        for number, party in named:
            update = {"id": f"{duty.id}:{number}", "to": f"{party.name}, {party.contact}"}
            found.append((duty.model_copy(update=update), rule.deadline))
    return found


def controllers(incident: IncidentFile) -> tuple[Party, ...]:
    """Return the controllers for whom the organisation keeps the data, as far as they are named."""
    parties = incident.circumstances.parties.value or ()
    return tuple(party for party in parties if party.role is PartyRole.CONTROLLER)


def _with_people(named: tuple[Party, ...]) -> tuple[tuple[int, Party], ...]:
    """Return the controllers, numbered, but for those of whose people none are concerned."""
    return tuple(
        (number, party)
        for number, party in enumerate(named, start=1)
        if party.persons is None or party.persons.total != 0
    )


def _other(
    regime: Regime,
    rule: OtherRule,
    facts: Mapping[str, FactValue],
    known: Known,
    *,
    scope: Scope,
) -> Duty:
    duty = decide(regime, rule, Addressee.OTHER, facts, scope=scope)
    to = rule.who
    if rule.states_over is not None and duty.required:
        over = [p for p, n in known.people.subdivisions("US") if n > rule.states_over]
        to = f"{to} in {', '.join(over)}" if over else to
    update = {"id": f"{duty.id}:{rule.id}", "to": to}
    content = rule.content or regime.individuals.content
    return duty.model_copy(update={**update, "content": content})

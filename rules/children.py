"""A controller's own incident, made of its processor's: what happened, and its own people alone.

A controller is aware once its processor told it (EDPB 9/2022 par. 44), so its clocks start there.
What the processor concluded, and what it is, is not taken over: the controller judges for itself.
"""

from datetime import datetime, tzinfo

from tocsin.rules.controllers import keeps_for_others, names_of_others, narrowed, scope_of
from tocsin.rules.other_duties import controllers
from tocsin.schemas.circumstances import Circumstances, FoundBy, Party, PartyRole
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.fact import Fact, FactState, Instant
from tocsin.schemas.incident import IncidentFile, Narratives
from tocsin.schemas.incident_facts import IncidentFacts, Role, Sector
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.scope import Condition, Scope

_FACTS = (
    *("started", "ended", "cause", "confidentiality", "integrity", "availability"),
    *("exfiltration", "exfiltration_basis", "recipients_trusted", "deletion_confirmed"),
    *("effects", "systems", "crime_suspected", "unintelligible", "encrypted", "key_exposed"),
    *("hashing", "pseudonymised", "device_locked", "device_wiped", "backup", "restored"),
    *("outage_hours", "persons", "records", "identifiability", "minors", "vulnerable"),
)
"""What happened, and to whom. The rest is for the controller to find out or to conclude."""
_AROUND = (
    *("place", "kind", "cyber", "exfiltration", "person_categories", "persons_described"),
    *("data_described", "system_basics", "safeguards", "safeguards_described", "prevention"),
    *("prevention_described", "attacker", "attack_path", "ransom", "trend", "scene", "media"),
    *("consequences", "recovered", "police"),
)
_NARRATIVES = ("what_happened", "why", "what_was_done", "what_will_be_done")
NOT_SET = Scope(where=(Condition(column="SET_THE_SCOPE", equals="of this controller's people"),))
"""A scope that no directory answers: nobody else's people are told by mistake."""


def controller_named(incident: IncidentFile, name: str, *, incident_id: str) -> tuple[int, Party]:
    """Return the controller of a name, with its number; Conflict or NotFound name the fix."""
    if not keeps_for_others(incident):
        message = f"{incident_id} is no processor's: its organisation decides on the data itself"
        fix = "where it keeps the data for others, amend it with `role: processor` under facts"
        raise Conflict(message, field="facts.role", fix=fix)
    named = controllers(incident)
    wanted = name.strip().casefold()
    for number, party in enumerate(named, 1):
        if party.name.casefold() == wanted:
            return number, party
    message = f"{incident_id} names no controller {name!r}"
    known = ", ".join(party.name for party in named)
    fix = f"one of: {known}" if known else "add it to circumstances.parties, role controller"
    raise NotFound(message, field="--controller", fix=fix)


def child_of(
    parent: IncidentFile,
    party: Party,
    *,
    incident_id: str,
    processor: Organisation,
    organisation: str,
    told: datetime,
    zone: tzinfo,
    counted: int | None = None,
) -> tuple[IncidentFile, tuple[str, ...]]:
    """Return the incident file of a controller, and what a person has to add or check.

    `told` is when the controller was told, `zone` where its day of that is taken, `counted` how
    many people of the directory are its own.
    """
    own = narrowed(parent, party, counted)
    source = f"told by {processor.legal_name}"
    aware = Fact[Instant](state=FactState.KNOWN, value=Instant(at=told), source=source)
    facts = IncidentFacts(
        **{name: getattr(own.facts, name) for name in _FACTS},
        detected=aware,
        aware=aware,
        role=Fact[Role](state=FactState.KNOWN, value=Role.CONTROLLER),
    )
    associate = Sector.HIPAA_BUSINESS_ASSOCIATE in (parent.facts.sectors.value or ())
    role = PartyRole.BUSINESS_ASSOCIATE if associate else PartyRole.PROCESSOR
    keeper = Party(name=processor.legal_name, role=role, contact=processor.contact_email)
    around = Circumstances.model_validate(
        {
            **{name: getattr(own.circumstances, name) for name in _AROUND},
            "found_by": FoundBy.PROCESSOR,
            "told_by_other_on": told.astimezone(zone).date(),
            "parties": (keeper,),
        }
    )
    scope = scope_of(parent, party)
    child = IncidentFile(
        title=parent.title,
        organisation=organisation,
        facts=facts,
        circumstances=around,
        narratives=Narratives(**{name: getattr(parent.narratives, name) for name in _NARRATIVES}),
        data_kinds=parent.data_kinds,
        scope=scope or NOT_SET,
        measures=parent.measures,
        parent=incident_id,
    )
    return child, tuple(_to_check(parent, party, child, set_=scope is not None, us=associate))


def _to_check(
    parent: IncidentFile, party: Party, child: IncidentFile, *, set_: bool, us: bool
) -> list[str]:
    found = [
        f"made of {child.parent} for {party.name}: nothing of it is on record until it is raised",
    ]
    if not set_:
        found.append(
            "scope: it has to be set, to this controller's people alone; nothing in "
            f"{child.parent} says which they are, so no directory answers the one below"
        )
    if child.facts.persons.value is None:
        found.append(f"facts.persons: how many people of {party.name}; the processor does not say")
    found.append("facts.sectors: what the controller does; some laws hold for one sector alone")
    if us:
        found.append(
            "facts.aware: when the business associate told it; where that one acts as its agent, "
            "what the agent knew counts as known before (45 CFR 164.404(a)(2))"
        )
    found += [
        f"the texts name another controller, {name}: take it out"
        for name in names_of_others(list(_texts(child)), parent, party)
    ]
    return found


def _texts(child: IncidentFile) -> list[str]:
    """Return every text of a child that may name somebody."""
    told = [child.title]
    for name in _NARRATIVES:
        told += getattr(child.narratives, name).values()
    for measure in child.measures:
        told += measure.what.values()
    told.append(child.circumstances.model_dump_json())
    return told

"""What a processor's incident is to each of its controllers: its own people, and nobody else's."""

import re
from collections.abc import Mapping, Sequence

from tocsin.rules.other_duties import controllers
from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.circumstances import Circumstances, Party
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import CountTable, IncidentFacts, Role, Sector
from tocsin.schemas.scope import Scope

_NUMBERED = re.compile(r"[^:]+:other:[^:]+:(\d+)")
_OF_EVERYBODY = frozenset(
    {
        *("records", "minors", "vulnerable", "bad_contacts", "notice_cost_usd", "unidentifiable"),
        *("clients_affected", "clients_share_percent", "counterparts_share_percent"),
        *("transactions_share_percent", "member_states", "loss_eur", "direct_loss_cny"),
    }
)
"""Facts about everybody concerned: of one controller's people they may be false."""
_AROUND_EVERYBODY = frozenset(
    {
        *("person_categories", "persons_described", "data_described", "harm_so_far", "costs"),
        *("minors_count", "elderly_count", "told_by_residence", "media_told", "service_impact"),
    }
)
"""The same among the circumstances."""


def keeps_for_others(incident: IncidentFile) -> bool:
    """Whether the organisation keeps the data for others: a processor, or a business associate.

    Who is a business associate says so by its sector, whatever its role (45 CFR 160.103).
    """
    facts = incident.facts
    associate = Sector.HIPAA_BUSINESS_ASSOCIATE in (facts.sectors.value or ())
    return facts.role.value is Role.PROCESSOR or (associate and facts.role.value is None)


def number_of(duty: str) -> int | None:
    """Return which controller a duty is owed to, by its id; None where it is owed to no one such.

    `EU-GDPR:other:art33-processor:2` is owed to the second.
    """
    match = _NUMBERED.fullmatch(duty)
    return int(match[1]) if match else None


def packet_name(controller: int, *, number: int = 1) -> str:
    """Return the name of the packet for a controller: `controller-2`.

    What changes after it was approved is told in another one: `controller-2-2`.
    """
    return f"{ArtefactKind.CONTROLLER}-{controller}" + ("" if number == 1 else f"-{number}")


def owed_to_controllers(duties: Sequence[Duty]) -> Mapping[int, tuple[Duty, ...]]:
    """Return the duties that are owed to each controller, by its number."""
    found: dict[int, tuple[Duty, ...]] = {}
    for duty in duties:
        number = number_of(duty.id)
        if duty.addressee is Addressee.OTHER and duty.required and number is not None:
            found[number] = (*found.get(number, ()), duty)
    return dict(sorted(found.items()))


def people_of(incident: IncidentFile, party: Party, counted: int | None = None) -> Fact[CountTable]:
    """Return how many people are a controller's own: as stated, else as counted.

    All are those of the only controller. Of several, nobody knows until somebody says so.
    """
    if party.persons is not None:
        return Fact[CountTable](state=FactState.KNOWN, value=party.persons)
    if counted is not None:
        return Fact[CountTable](state=FactState.KNOWN, value=CountTable(total=counted))
    if len(controllers(incident)) == 1:
        return incident.facts.persons
    return Fact[CountTable]()


def narrowed(incident: IncidentFile, party: Party, counted: int | None = None) -> IncidentFile:
    """Return an incident as far as it is about the people of one controller.

    What is said of everybody is left out where there are several controllers, and no other
    controller is named among the parties.
    """
    facts = {"persons": people_of(incident, party, counted)}
    around: dict[str, object] = {"parties": Fact[tuple[Party, ...]](value=(party,), state="known")}
    if len(controllers(incident)) > 1:
        unknown = IncidentFacts()
        facts |= {name: getattr(unknown, name) for name in _OF_EVERYBODY}
        nothing = Circumstances()
        around |= {name: getattr(nothing, name) for name in _AROUND_EVERYBODY}
    return incident.model_copy(
        update={
            "facts": incident.facts.model_copy(update=facts),
            "circumstances": incident.circumstances.model_copy(update=around),
        }
    )


def scope_of(incident: IncidentFile, party: Party) -> Scope | None:
    """Return the scope that selects a controller's people; None where nobody said what does.

    All people in scope are those of the only controller.
    """
    if not party.where:
        return incident.scope if len(controllers(incident)) == 1 else None
    whole = incident.scope
    return Scope(where=(*whole.where, *party.where), except_where=whole.except_where)


def names_of_others(texts: Sequence[str], incident: IncidentFile, party: Party) -> tuple[str, ...]:
    """Return the other controllers that are named in texts meant for one: none of its business."""
    told = "\n".join(texts).casefold()
    return tuple(
        other.name
        for other in controllers(incident)
        if other.name != party.name and other.name.casefold() in told
    )


def packet_findings(
    texts: Sequence[str], incident: IncidentFile, party: Party
) -> tuple[Finding, ...]:
    """Return what is wrong with a packet for a controller: it names another one."""
    return tuple(
        Finding(
            rule="OTHER_CONTROLLER",
            severity=FindingSeverity.WARN,
            text=f"The packet for {party.name} names another controller: {name}.",
            where="narratives",
            fix="describe it without the name, in a revision",
        )
        for name in names_of_others(texts, incident, party)
    )


def processor_findings(incident: IncidentFile) -> tuple[Finding, ...]:
    """Return what is wrong with a notice to people in a processor's own incident."""
    if incident.facts.role.value is not Role.PROCESSOR:
        return ()
    return (
        Finding(
            rule="PROCESSOR",
            severity=FindingSeverity.WARN,
            text="The organisation keeps the data for others, who owe the notices to their people.",
            where="facts.role",
            fix="tell the controllers; each tells its people (`tocsin incident child`)",
        ),
    )


def check_places(new: IncidentFile, old: IncidentFile) -> None:
    """Refuse to move or drop a controller: duties to it, and what met them, go by its place.

    It may be renamed while its contact stays.
    """
    after = controllers(new)
    for place, was in enumerate(controllers(old)):
        now = after[place] if place < len(after) else None
        if now is None or (now.name != was.name and now.contact != was.contact):
            message = f"{was.name} is controller {place + 1}, and what it was told goes by that"
            fix = (
                "keep it in its place and add others after it; where none of its people are"
                " concerned, give it `persons: {total: 0}`"
            )
            raise InvalidInput(message, field="circumstances.parties", fix=fix)


def no_longer_owed(before: Sequence[Duty], now: Sequence[Duty]) -> list[Duty]:
    """Return the duties to controllers that are judged no more, each as one that is not owed.

    What was owed to nobody by name is owed to each by name, once they are named.
    """
    ids = {duty.id for duty in now}
    named = {duty.id.rpartition(":")[0] for duty in now if number_of(duty.id) is not None}
    gone = []
    for duty in before:
        if duty.id in ids or duty.required is False:
            continue
        if duty.id in named:
            reason = "It is owed to each controller, by name."
        elif number_of(duty.id) is not None:
            reason = "It is owed to this controller no more: see who is."
        else:
            continue
        nothing = {"required": False, "reason": reason, "due_at": None, "missing": ()}
        gone.append(duty.model_copy(update=nothing))
    return gone

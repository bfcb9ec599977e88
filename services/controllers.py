"""What a processor tells each controller: drafted at once, approved by another, laid ready.

Sending it is a person's work, and only once it is in the controller's hands is the duty met: that
is put on record with `tocsin incident met`. A packet that lies ready meets nothing, because the
controller's own clocks start with it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Protocol

from tocsin.rules.controllers import (
    narrowed,
    owed_to_controllers,
    packet_findings,
    packet_name,
    scope_of,
)
from tocsin.rules.other_duties import controllers
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.circumstances import Party
from tocsin.schemas.commit import Commit, DraftArtefact, Fact, FactKind
from tocsin.schemas.duty import Duty, Severity
from tocsin.schemas.event import Event, PacketDue, PacketReady
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.packet import Counted, Packet, PacketContext
from tocsin.schemas.policy import Policy
from tocsin.schemas.scope import Scope
from tocsin.schemas.views import IncidentView
from tocsin.services.naming import texts_hash


class Cases(Protocol):
    """What a packet is drafted from."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        ...


class Judgement(Protocol):
    """What assessment concluded."""

    async def duty(self, incident_id: str, duty: str) -> Duty:
        """Return the newest version of a duty."""
        ...

    async def severity(self, incident_id: str) -> Severity:
        """Return the newest severity."""
        ...


class Packets(Protocol):
    """What was drafted for controllers before."""

    async def packet(self, incident_id: str, artefact: str) -> Packet | None:
        """Return the newest packet of a name; None without one."""
        ...


class Approvals(Protocol):
    """What was approved."""

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        ...


class People(Protocol):
    """The directory, as far as it counts."""

    async def count(self, scope: Scope) -> int:
        """Return how many people are in a scope."""
        ...


class PacketPress(Protocol):
    """Writes packets."""

    def draft(self, context: PacketContext) -> Packet:
        """Return a packet filled from the facts."""
        ...

    def texts(self, packet: Packet) -> Mapping[str, str]:
        """Return what an approval binds to, by suffix."""
        ...

    async def files(self, packet: Packet) -> Mapping[str, bytes]:
        """Return those texts as files, by suffix, and a PDF where one can be set."""
        ...


class Cabinet(Protocol):
    """Where papers are laid ready; a drill's go elsewhere."""

    async def file(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> Sequence[tuple[str, str]]:
        """Write files under a name; return (path, SHA-256) of each."""
        ...


def packet_events(event: Event, duties: Sequence[Duty], revision: int) -> list[Event]:
    """Return what drafts a packet for each controller that is owed one."""
    return [
        Event(
            id=child_id(event.id, "packet.due", number),
            incident=event.incident,
            payload=PacketDue(
                controller=number, duties=tuple(duty.id for duty in owed), revision=revision
            ),
        )
        for number, owed in owed_to_controllers(duties).items()
    ]


async def _counted(
    incident: IncidentFile, party: Party, people: People
) -> tuple[Counted, int | None]:
    """Return how many people are a controller's own, where the directory can say it."""
    if party.persons is not None:
        return Counted.STATED, None
    scope = scope_of(incident, party)
    if scope is not None and party.where:
        return Counted.DIRECTORY, await people.count(scope)
    alone = len(controllers(incident)) == 1
    stated = alone and incident.facts.persons.value is not None
    return (Counted.STATED if stated else Counted.UNKNOWN), None


async def draft_packet(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    judgement: Judgement,
    approvals: Approvals,
    packets: Packets,
    people: People,
    packet_press: PacketPress,
    organisations: Mapping[str, Organisation],
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Draft what a controller is told from whatever is known; what was approved stays as it is."""
    del checkpoint
    due = event.payload
    assert isinstance(due, PacketDue)  # noqa: S101  # narrows the payload
    view = await cases.incident(event.incident)
    number = max(due.revision, view.revision)  # an amendment may have come since
    incident = await cases.revision(event.incident, number)
    named = controllers(incident)
    if due.controller > len(named):
        yield Commit(done=True)  # it is named no more
        return
    party = named[due.controller - 1]
    counted, people_counted = await _counted(incident, party, people)
    duties = tuple([await judgement.duty(event.incident, duty) for duty in due.duties])
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    filing = next(
        n
        for n in count(1)
        if states.get(packet_name(due.controller, number=n)) is not ArtefactState.APPROVED
    )
    name = packet_name(due.controller, number=filing)
    packet = packet_press.draft(
        PacketContext(
            incident_id=event.incident,
            artefact=name,
            revision=number,
            number=due.controller,
            party=party,
            incident=narrowed(incident, party, people_counted),
            counted=counted,
            organisation=organisations[incident.organisation],
            duties=duties,
            severity=await judgement.severity(event.incident),
            drafted_at=now,
            drill=view.drill,
            locale=policy.report_locales.get(duties[0].regime, "en"),
        )
    )
    waiting = states.get(name) is ArtefactState.SUBMITTED
    last = name if waiting else packet_name(due.controller, number=filing - 1)
    before = await packets.packet(event.incident, last) if waiting or filing > 1 else None
    if before is not None and packet.says_as(before):
        yield Commit(done=True)  # it is drafted, or the controller knows all of it
        return
    texts = packet_press.texts(packet)
    soonest = min((duty.due_at for duty in duties if duty.due_at), default=None)
    until = f", due {soonest:%Y-%m-%d %H:%M} UTC" if soonest and filing == 1 else ""
    cites = "; ".join(dict.fromkeys(duty.cite for duty in duties))
    artefact = Artefact(
        name=name,
        incident=event.incident,
        kind=ArtefactKind.CONTROLLER,
        summary=f"notice to the controller {party.name}{until} ({cites})",
        binding=Binding(text_hash=texts_hash(texts), channels=("file",)),
        hands=(view.raised_by,),
        findings=packet_findings([f.value for f in packet.fields], incident, party),
    )
    body = packet.model_dump(mode="json")
    yield Commit(writes=[Fact(FactKind.PACKET, name, body), DraftArtefact(artefact)], done=True)


async def lay_packet(
    event: Event,
    checkpoint: str | None,
    *,
    approvals: Approvals,
    packets: Packets,
    packet_press: PacketPress,
    cabinet: Cabinet,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Lay an approved packet ready to be sent, and record what was laid when."""
    del checkpoint
    due = event.payload
    assert isinstance(due, PacketReady)  # noqa: S101  # narrows the payload
    packet = await packets.packet(event.incident, due.artefact)
    approval = await approvals.approval(event.incident, due.artefact)
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    approved = states.get(due.artefact) is ArtefactState.APPROVED
    if (
        packet is None
        or approval is None
        or not approved
        or approval.binding.text_hash != texts_hash(packet_press.texts(packet))
    ):
        text = f"{due.artefact} was not laid ready: it is not what was approved"
        alarm = Fact(FactKind.ALARM, f"void:{due.artefact}", {"text": text})
        yield Commit(writes=[alarm], done=True)
        return
    files = await packet_press.files(packet)
    laid = await cabinet.file(event.incident, due.artefact, files)
    body = {
        "controller": packet.controller,
        "duties": [ground.duty for ground in packet.grounds],
        "files": [{"path": path, "sha256": digest} for path, digest in laid],
        "laid_at": now,
    }
    writes = [Fact(FactKind.PACKET, f"laid:{due.artefact}", body)]
    if ".pdf" not in files:
        text = f"{due.artefact} was laid ready without its PDF; the page (.html) says the same"
        writes.append(Fact(FactKind.ALARM, f"pdf:{due.artefact}", {"text": text}))
    yield Commit(writes=writes, done=True)

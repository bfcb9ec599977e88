"""The one door: every command is authenticated, authorised, checked, deduplicated, recorded."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime

from tocsin.detectors.incident_file import check_times
from tocsin.directories.choosing import Directory
from tocsin.ledger import drafts, principals, reads
from tocsin.ledger.lanes import held_lanes
from tocsin.ledger.ledger import Ledger
from tocsin.rules.approving import check_findings
from tocsin.rules.controllers import check_places
from tocsin.rules.drafts import check_open
from tocsin.rules.lifecycle import next_state
from tocsin.rules.organisations import as_configured
from tocsin.rules.permission import allowed, can_send_for_real
from tocsin.rules.privacy import check_incident_text, check_text
from tocsin.rules.report_checks import check_receipt, check_report
from tocsin.runtimes.books import DutyBook
from tocsin.runtimes.carrying_out import carried_out
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.controllers import check_controllers
from tocsin.runtimes.revisions import Revisions, command_id, say_why
from tocsin.runtimes.step import Step
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.commit import DecideDraft, Fact, FactKind
from tocsin.schemas.detection import DraftState
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.event import CommandGiven, Event, ReportDue
from tocsin.schemas.identifiers import child_id, incident_name
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.principal import CommandType, Principal
from tocsin.services.decisions import check_reviewable
from tocsin.services.desk import controllable, findings_of
from tocsin.services.fulfilling import meetable
from tocsin.services.lateness import check_explained, missed
from tocsin.services.raising import check_revisable
from tocsin.services.withdrawing import check_withdrawable

_ON_ROUNDS = {CommandType.PAUSE: "pause", CommandType.RESUME: "resume", CommandType.STOP: "stop"}
_ON_INCIDENT = {CommandType.CLOSE: "close", CommandType.WITHDRAW: "withdraw"}
_ON_ARTEFACT = {CommandType.APPROVE: "approve", CommandType.RETURN: "return"}
_ABOUT_ARTEFACT = {*_ON_ARTEFACT, CommandType.REVIEW_DECISION}


class Door(Revisions):
    """Takes commands from every interface and carries them out at once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        step: Step,
        directory: Directory,
        organisations: Mapping[str, Organisation],
        clock: Clock,
        leave_s: float = 0,
    ) -> None:
        """Name the parts. A command is left to a running worker for `leave_s` seconds first."""
        super().__init__(ledger, clock=clock)
        self._leave_s = leave_s
        self._step = step
        self._directory = directory
        self._organisations = organisations

    async def _check_end(self, command: CommandType, incident_id: str) -> None:
        """Refuse to close or withdraw what has to be explained or told first."""
        if command is CommandType.CLOSE:
            await check_explained(DutyBook(self._ledger), incident_id, now=self._clock.now())
        else:
            await check_withdrawable(DutyBook(self._ledger), incident_id)

    async def _check(
        self, incident: IncidentFile, now: datetime, *, may_find_nobody: bool = False
    ) -> tuple[IncidentFile, int]:
        """Refuse an incident that could not be carried out.

        Return it with what its organisation configured, and how many people it touches.
        """
        check_times(incident, now)
        check_incident_text(incident)
        if incident.organisation not in self._organisations:
            message = f"there is no organisation {incident.organisation!r} in the configuration"
            known = ", ".join(sorted(self._organisations))
            raise InvalidInput(message, field="organisation", fix=f"one of: {known}")
        await self._directory.check_scope(incident.scope, incident.data_kinds)
        await check_controllers(self._directory, incident)
        people = await self._directory.count(incident.scope)
        if people == 0 and not may_find_nobody:
            message = "matches nobody in the directory"
            fix = "correct the conditions; `tocsin directory check` shows what is there"
            raise InvalidInput(message, field="scope", fix=fix)
        return as_configured(incident, self._organisations[incident.organisation]), people

    async def raise_incident(
        self,
        token: str | None,
        incident: IncidentFile,
        *,
        drill: bool,
        key: str | None = None,
        draft: str = "",
    ) -> str:
        """Raise an incident and return its id; the same idempotency key raises it once.

        `draft` is the draft of detections that it was made from: raised in the same commit.
        """
        by = await self.principal(token)
        allowed(by, CommandType.RAISE_INCIDENT, hands=frozenset())
        if not drill and not can_send_for_real(await self._ledger.ask(principals.principals)):
            message = "nobody but the raiser could approve this, so nothing may really be sent"
            fix = "add a second principal with the role approve, or raise it with --drill"
            raise NotAllowed(message, field="principals", fix=fix)
        incident, people = await self._check(incident, self._clock.now())
        key = key or secrets.token_hex(16)
        name = incident_name(key)
        if draft:
            await self._check_draft(draft, name, drill=drill)
        stated = {"incident": incident.model_dump(mode="json"), "drill": drill, "people": people}
        await self._give(
            by,
            CommandType.RAISE_INCIDENT,
            name,
            key=key,
            body=json.dumps(stated),
            target=draft,
            reason="",
        )
        return name

    async def _check_draft(self, draft: str, incident_id: str, *, drill: bool) -> None:
        """Refuse a draft that is not open, unless this very incident was raised from it."""
        if drill:
            message = "a drill would take the draft away from those who look after it"
            fix = "leave the draft out of a drill; raise it without --drill when it is meant"
            raise InvalidInput(message, field="draft", fix=fix)
        view = await self._ledger.ask(drafts.draft, draft)
        if view.incident != incident_id:
            check_open(view)

    async def dismiss_draft(self, token: str | None, draft: str, reason: str) -> None:
        """Decide that a draft of detections is no incident; on record, with the reason."""
        by = await self.principal(token)
        allowed(by, CommandType.DISMISS_DRAFT, hands=frozenset())
        say_why(reason)
        check_text(reason, field="--reason")
        check_open(await self._ledger.ask(drafts.draft, draft), action="dismiss")
        body = {"command": CommandType.DISMISS_DRAFT, "principal": by.name, "reason": reason}
        decision = DecideDraft(draft, DraftState.DISMISSED, by.name, reason)
        given = Fact(FactKind.COMMAND, draft, body)
        await self._ledger.record([given, decision], now=self._clock.now(), about="draft dismissed")

    async def revise_incident(
        self, token: str | None, incident_id: str, incident: IncidentFile, *, key: str | None = None
    ) -> None:
        """Replace an incident's description while nothing has left; approvals become void."""
        by = await self.principal(token)
        allowed(by, CommandType.REVISE_INCIDENT, hands=frozenset())
        view = await self._ledger.ask(reads.incident, incident_id)
        next_state("incident", view.state, "revise")
        await check_revisable(DutyBook(self._ledger), incident_id)
        check_places(incident, await self._newest(incident_id))
        incident, people = await self._check(incident, self._clock.now())
        stated = {"incident": incident.model_dump(mode="json"), "people": people}
        await self._give(
            by,
            CommandType.REVISE_INCIDENT,
            incident_id,
            key=key or secrets.token_hex(16),
            body=json.dumps(stated),
            target="",
            reason="",
        )

    async def act(
        self,
        token: str | None,
        command: CommandType,
        incident_id: str,
        *,
        target: str = "",
        reason: str = "",
        key: str | None = None,
    ) -> None:
        """Give any other command about an incident: approve, return, pause, stop, close ...

        `target` names what it is about: an artefact, or the lane that is released. The reason of an
        approval is the one with which warnings of the gates are accepted.
        """
        by = await self.principal(token)
        view = await self._ledger.ask(reads.incident, incident_id)
        check_text(reason, field="--reason")
        hands: frozenset[str] = frozenset()
        if command in _ABOUT_ARTEFACT:
            artefact = await self._artefact(incident_id, target)
            hands = await self._hands(incident_id, artefact)
            allowed(by, command, hands=hands)
            if command in _ON_ARTEFACT:
                next_state("artefact", artefact.state.value, _ON_ARTEFACT[command])
            else:
                say_why(reason)
                check_reviewable(artefact)
            if command is CommandType.APPROVE:
                found = await findings_of(artefact, DutyBook(self._ledger))
                check_findings(found, accepted=reason)
            if command is CommandType.APPROVE and artefact.kind is ArtefactKind.REPORT:
                report = await DutyBook(self._ledger).report(incident_id, target)
                check_report(report, self._clock.now())
        else:
            paused = command is CommandType.RESUME and await self._paused_itself(incident_id)
            allowed(by, command, hands=hands, after_governor=paused)
        if command is CommandType.RELEASE_LANE:
            say_why(reason)
            await self._check_held(incident_id, target)
        if command in _ON_INCIDENT:
            next_state("incident", view.state, _ON_INCIDENT[command])
            say_why(reason)
            await self._check_end(command, incident_id)
        if command is CommandType.RECORD_MET:
            say_why(reason)
            await meetable(DutyBook(self._ledger), incident_id, target)
        if command is CommandType.EXPLAIN_LATE:
            say_why(reason)
            await missed(DutyBook(self._ledger), incident_id, target, now=self._clock.now())
        if command in _ON_ROUNDS:
            rounds = await self._ledger.ask(reads.rounds, incident_id)
            controllable(rounds, _ON_ROUNDS[command])
        await self._give(
            by,
            command,
            incident_id,
            key=key or secrets.token_hex(16),
            body="",
            target=target,
            reason=reason,
        )

    async def explain_delay(
        self, token: str | None, incident_id: str, artefact: str, reason: str
    ) -> None:
        """Say why a report is late; while it is not approved it is drafted anew with the reason.

        That is done at once, here or in a running worker: whoever is late has no time to lose.
        """
        by = await self.principal(token)
        allowed(by, CommandType.EXPLAIN_DELAY, hands=frozenset())
        say_why(reason)
        check_text(reason, field="--reason")
        known = await self._artefact(incident_id, artefact)
        book = DutyBook(self._ledger)
        report = await book.report(incident_id, artefact)
        rounds = await book.rounds(incident_id)
        again = ReportDue(
            duty=report.meets,
            revision=report.revision,
            round=rounds[-1].id if report.figures is not None else "",
        )
        over = report.due_at is not None and report.due_at < self._clock.now()
        due_at = report.due_at.isoformat() if report.due_at is not None and over else ""
        given = await self._give(
            by,
            CommandType.EXPLAIN_DELAY,
            incident_id,
            key=secrets.token_hex(16),
            body=json.dumps({"again": again.model_dump(), "due_at": due_at}),
            target=artefact,
            reason=reason,
        )
        if known.state is not ArtefactState.APPROVED:
            drafted = child_id(given, "report.due", 0)
            await carried_out(self._ledger, self._step, drafted, leave_s=self._leave_s)

    async def record_receipt(
        self,
        token: str | None,
        incident_id: str,
        artefact: str,
        *,
        reference: str,
        at: datetime,
        proof: str,
    ) -> None:
        """Put on record what an authority gave back; `proof` is the SHA-256 of what shows it."""
        by = await self.principal(token)
        allowed(by, CommandType.RECORD_RECEIPT, hands=frozenset())
        await self._artefact(incident_id, artefact)
        filed = (await DutyBook(self._ledger).filings(incident_id)).get(artefact)
        if filed is None:
            message = f"{artefact} was not laid ready for filing yet"
            fix = "approve it, and let a worker lay it: `tocsin run`"
            raise Conflict(message, field="artefact", fix=fix)
        laid_at = parse_instant(filed["filed_at"])
        check_receipt(reference=reference, at=at, laid_at=laid_at, now=self._clock.now())
        stated = {"reference": reference.strip(), "at": at.isoformat(), "proof": proof}
        await self._give(
            by,
            CommandType.RECORD_RECEIPT,
            incident_id,
            key=secrets.token_hex(16),
            body=json.dumps(stated),
            target=artefact,
            reason="",
        )

    async def record_test(
        self, token: str | None, incident_id: str, about: Mapping[str, object]
    ) -> None:
        """Put on record, before it goes, that drafted texts are sent to our own addresses."""
        by = await self.principal(token)
        allowed(by, CommandType.TEST_SEND, hands=frozenset())
        await self._give(
            by,
            CommandType.TEST_SEND,
            incident_id,
            key=secrets.token_hex(16),
            body=json.dumps(about),
            target="",
            reason="",
        )

    async def replay(self, token: str | None, event_id: str) -> None:
        """Take an event up again that gave up; who did so is put on record before."""
        by = await self.principal(token)
        allowed(by, CommandType.REPLAY, hands=frozenset())
        if event_id not in {dead.id for dead in await self._ledger.ask(reads.dead_events)}:
            message = f"there is no dead event {event_id!r}"
            raise NotFound(message, field="event", fix="`tocsin dead list` shows them")
        body = {"command": CommandType.REPLAY, "principal": by.name, "reason": ""}
        fact = Fact(FactKind.COMMAND, event_id, body)
        await self._ledger.record([fact], now=self._clock.now(), about="replay")
        await self._ledger.replay(event_id, now=self._clock.now())

    async def _artefact(self, incident_id: str, name: str) -> Artefact:
        artefacts = await self._ledger.ask(reads.artefacts, incident_id)
        for artefact in artefacts:
            if artefact.name == name:
                return artefact
        known = ", ".join(a.name for a in artefacts) or "none yet: is `tocsin run` running?"
        message = f"{incident_id} has no artefact {name!r}"
        raise NotFound(message, field="artefact", fix=f"there are: {known}")

    async def _hands(self, incident_id: str, artefact: Artefact) -> frozenset[str]:
        """Return everyone who raised or edited what the artefact was made from."""
        revisions = await self._ledger.ask(reads.facts, incident_id, FactKind.REVISION)
        return frozenset(artefact.hands) | {body["by"] for body in revisions.values()}

    async def _paused_itself(self, incident_id: str) -> bool:
        """Whether nobody paused one of the rounds: it paused itself, to be looked at."""
        rounds = await self._ledger.ask(reads.rounds, incident_id)
        moves = await self._ledger.ask(reads.history, incident_id, FactKind.TRANSITION)
        last = {name: move for _, name, move in moves}
        paused = [last.get(view.id) for view in rounds if view.state == "paused"]
        return any(move is not None and not move["by"] for move in paused)

    async def _check_held(self, incident_id: str, lane: str) -> None:
        """Refuse a lane that is not held; which ones are is said."""
        held = await self._ledger.ask(held_lanes, incident_id)
        if lane not in {view.lane for view in held}:
            known = ", ".join(sorted({view.lane for view in held})) or "none"
            message = f"{incident_id} has no held lane {lane!r}"
            raise NotFound(message, field="lane", fix=f"held now: {known}")

    async def _not_refused(self, incident_id: str, name: str) -> None:
        """Raise Conflict when the command came too late: another decision was faster."""
        given = await self._ledger.ask(reads.fact, incident_id, FactKind.COMMAND, name)
        if given and "refused" in given:
            raise Conflict(given["refused"], field="command", fix="look at it again")

    async def _give(
        self,
        by: Principal,
        command: CommandType,
        incident_id: str,
        *,
        key: str,
        body: str,
        target: str,
        reason: str,
    ) -> str:
        """Record a command as an event and carry it out now, here or in a running worker.

        Return the id of the event.
        """
        event = Event(
            id=command_id(incident_id, command, key),
            incident=incident_id,
            payload=CommandGiven(
                command=command, principal=by.name, target=target, reason=reason, body=body
            ),
        )
        await self._ledger.submit(event, now=self._clock.now())
        await carried_out(self._ledger, self._step, event.id, leave_s=self._leave_s)
        await self._not_refused(incident_id, target or command)
        return event.id

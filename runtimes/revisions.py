"""New descriptions of an incident that has left, through the door: amendments and follow-ups."""

import json
import secrets
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime

from tocsin.ledger import reads
from tocsin.rules.lifecycle import next_state
from tocsin.rules.permission import allowed
from tocsin.rules.privacy import check_text
from tocsin.runtimes.admission import Admission
from tocsin.runtimes.books import DutyBook
from tocsin.runtimes.step import Step
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.incident import IncidentFile, Order
from tocsin.schemas.principal import CommandType, Principal
from tocsin.schemas.rounds import RoundKind
from tocsin.services.revising import check_amendment, check_follow_up, followed


def command_id(incident_id: str, command: CommandType, key: str) -> str:
    """Return the id of the event that a command is, by its idempotency key."""
    return root_id("command", f"{incident_id}/{command}/{key}")


def say_why(reason: str) -> None:
    """Raise InvalidInput unless a reason is given."""
    if not reason.strip():
        message = "say why: the decision is kept with its reason"
        raise InvalidInput(message, field="--reason", fix="give a sentence")


class Revisions(Admission):
    """Takes up what became known after something has left."""

    _step: Step

    @abstractmethod
    async def _check(
        self, incident: IncidentFile, now: datetime, *, may_find_nobody: bool = False
    ) -> tuple[IncidentFile, int]:
        """Refuse an incident that could not be carried out.

        Return it with what its organisation configured, and how many people it touches.
        """

    @abstractmethod
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
        """Record a command as an event and carry it out now; return the id of the event."""

    async def amend_incident(
        self,
        token: str | None,
        incident_id: str,
        incident: IncidentFile,
        *,
        reason: str,
        key: str | None = None,
    ) -> None:
        """Take up corrected or new facts, whatever has left; nobody is told by it."""
        by = await self._revises(token, CommandType.AMEND_INCIDENT, incident_id, "amend", reason)
        incident, _ = await self._check(incident, self._clock.now())
        check_amendment(incident, await self._newest(incident_id))
        await self._give(
            by,
            CommandType.AMEND_INCIDENT,
            incident_id,
            key=key or secrets.token_hex(16),
            body=json.dumps({"incident": incident.model_dump(mode="json")}),
            target="",
            reason=reason,
        )

    async def record_order(
        self, token: str | None, incident_id: str, order: Order, *, key: str | None = None
    ) -> None:
        """Take up what an authority ordered or asked for: an amendment that starts a duty."""
        known = list(dict.fromkeys(regime.id for regime in self._step.ports["regimes"]))
        if order.regime not in known:
            message = f"there is no regime {order.regime!r}"
            raise InvalidInput(message, field="--regime", fix=f"one of: {', '.join(known)}")
        now = self._clock.now()
        if order.at > now:
            message = "an order cannot come from the future"
            raise InvalidInput(message, field="--at", fix="check the date and the time zone")
        if order.due is not None and order.due <= order.at:
            message = "an order cannot be due before it came"
            raise InvalidInput(message, field="--due", fix="correct one of the two times")
        newest = await self._newest(incident_id)
        amended = newest.model_copy(update={"orders": (*newest.orders, order)})
        reason = f"{order.by} asked for it"
        await self.amend_incident(token, incident_id, amended, reason=reason, key=key)

    async def follow_incident(
        self,
        token: str | None,
        incident_id: str,
        incident: IncidentFile,
        *,
        kind: RoundKind,
        reason: str,
        of: Sequence[str] = (),
        and_new: bool = False,
        replace_open: bool = False,
        key: str | None = None,
    ) -> tuple[str, ...]:
        """Start a round that follows those of which something has left; return the new rounds.

        `of` names the rounds that it follows; else it follows all that told people first. With
        `and_new` a delta tells whoever is in scope and in no round yet. With `replace_open` the
        rounds that it follows end, and a delta takes over who is open in them.
        """
        command = CommandType.FOLLOW_INCIDENT
        by = await self._revises(token, command, incident_id, "follow", reason)
        key = key or secrets.token_hex(16)
        given = command_id(incident_id, command, key)
        if started := await self._started(incident_id, given):
            return started
        many = and_new or replace_open
        check_follow_up(kind, incident, await self._newest(incident_id), and_new=many)
        for view in await followed(DutyBook(self._ledger), incident_id, kind, of):
            self._ledger.keys.of(view.id)
        none = kind is RoundKind.RETRACTION  # of an incident that was none, nobody is concerned
        incident, _ = await self._check(incident, self._clock.now(), may_find_nobody=none)
        stated = {
            "incident": incident.model_dump(mode="json"),
            "kind": kind,
            "of": list(of),
            "and_new": and_new,
            "replace_open": replace_open,
        }
        await self._give(
            by,
            command,
            incident_id,
            key=key,
            body=json.dumps(stated),
            target="",
            reason=reason,
        )
        return await self._started(incident_id, given)

    async def _started(self, incident_id: str, given: str) -> tuple[str, ...]:
        """Return the rounds that a command started; none before it was carried out."""
        revisions = await self._ledger.ask(reads.facts, incident_id, FactKind.REVISION)
        numbers = {int(name) for name, body in revisions.items() if body.get("given") == given}
        rounds = await self._ledger.ask(reads.rounds, incident_id)
        return tuple(view.id for view in rounds if view.revision in numbers)

    async def _revises(
        self, token: str | None, command: CommandType, incident_id: str, action: str, reason: str
    ) -> Principal:
        """Return who gives a command that takes up a new description; refuse all others."""
        by = await self.principal(token)
        allowed(by, command, hands=frozenset())
        view = await self._ledger.ask(reads.incident, incident_id)
        next_state("incident", view.state, action)
        check_text(reason, field="--reason")
        say_why(reason)
        return by

    async def _newest(self, incident_id: str) -> IncidentFile:
        """Return the incident as its newest revision describes it."""
        book = DutyBook(self._ledger)
        return await book.revision(incident_id, (await book.incident(incident_id)).revision)

"""One at a time, each recorded before the next, none sent blindly twice: texts and calls alike.

Either costs money and frightens people when it comes a second time, so of each sending at most one
is ever out without a record. Several sendings go side by side and share the account's pace.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from tocsin.notifiers.sent import Sent
from tocsin.notifiers.twilio_account import TwilioAccount
from tocsin.notifiers.twilio_api import Kind, TwilioApi
from tocsin.notifiers.twilio_pace import Pace
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, InDoubt, Reason, Refused, SendOutcome

NAME = "twilio"
"""What stands as the relay in every `Sent`."""
_HEARTBEATS_PER_LEASE = 3
_PULSE_S = 0.1


class Wanted(NamedTuple):
    """What Twilio is asked to do for one message. Its repr is never logged."""

    form: Mapping[str, str]
    is_it: Callable[[Mapping[str, Any], datetime | None], bool]
    """Whether something that Twilio lists is this very one: (as listed, Twilio's time)."""

    def __repr__(self) -> str:
        return "Wanted()"


class TwilioSending:
    """Hands over what `prepare` makes of each message; made and closed inside an event loop."""

    def __init__(self, account: TwilioAccount, kind: Kind) -> None:
        self._account = account
        self._kind = kind
        self._pace = Pace(account.rate_per_s)
        self._api: TwilioApi | None = None
        self._known: set[str] = set()

    async def __aenter__(self) -> Self:
        """Make ready; a connection is made when a message needs it."""
        self._api = TwilioApi(self._account, self._kind)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave Twilio."""
        api, self._api = self._api, None
        if api is not None:
            await api.close()

    @property
    def api(self) -> TwilioApi:
        """What Twilio is asked through."""
        if self._api is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        return self._api

    async def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        prepare: Callable[[Message], Wanted | Refused],
        *,
        doubtful: Collection[tuple[str, int]],
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Yield what became of each message, as `TwilioSms.send` says."""
        api = self.api
        loop = asyncio.get_running_loop()
        for each in messages:
            if not lease.may_send:
                return
            wanted = prepare(each)
            again = (each.lane, each.seq) in doubtful
            delivery = loop.create_task(self._deliver(api, wanted, lease, again=again))
            beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            try:
                while not (await asyncio.wait({delivery}, timeout=_PULSE_S))[0]:
                    if not lease.alive:
                        return
                    if loop.time() >= beat_at:
                        yield ()
                        beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            finally:
                delivery.cancel()
                await asyncio.wait({delivery})
            outcome = delivery.result()
            if outcome is None:
                return
            yield (Sent(each.lane, each.seq, outcome, NAME),)
            if isinstance(outcome, Accepted):
                self._known.add(outcome.provider_ref)  # only now is it on record whose it is

    async def _deliver(
        self, api: TwilioApi, wanted: Wanted | Refused, lease: Lease, *, again: bool
    ) -> SendOutcome | None:
        """Return the outcome of one message, or None where the lease no longer lets it start."""
        if isinstance(wanted, Refused):
            return wanted
        if again:
            sid = await self._find(api, wanted)
            if sid is None:
                return InDoubt(Reason.RELAY_UNAVAILABLE)  # sent now it would be sent blindly
            if sid:
                return Accepted(sid)
        if self._pace.closed is None:
            await self._pace.turn()
        if not lease.may_send:
            return None
        return self._pace.closed or await self._create(api, wanted)

    async def _create(self, api: TwilioApi, wanted: Wanted) -> SendOutcome:
        outcome = await api.create(wanted.form)
        self._pace.heed(outcome)
        if isinstance(outcome, InDoubt):
            return await self._look_up(api, wanted, outcome)
        return outcome

    async def _look_up(self, api: TwilioApi, wanted: Wanted, doubt: InDoubt) -> SendOutcome:
        """Return Accepted if Twilio has it; not found is no proof that it has not."""
        for wait_s in self._account.look_up_after_s:
            await asyncio.sleep(wait_s)
            if sid := await self._find(api, wanted):
                return Accepted(sid)
        return doubt

    async def _find(self, api: TwilioApi, wanted: Wanted) -> str | None:
        """Return the Sid of what was wanted; "" if Twilio shows none, None if it cannot be asked.

        Sids that are accounted for are left out: of two people who share a phone and get the same
        words, the message of one is no proof for the other.
        """
        await self._pace.turn()
        listed = await api.between(wanted.form["To"], wanted.form["From"])
        if listed is None:
            return None
        for each in listed.found:
            sid = self._kind.sid(each.get("sid"))
            if sid and sid not in self._known and wanted.is_it(each, listed.at):
                return sid
        return ""

    async def poll(
        self, sids: Sequence[str]
    ) -> AsyncGenerator[tuple[str, Mapping[str, Any]], None]:
        """Ask after each and yield it as Twilio shows it, at the account's pace.

        Stops early when Twilio cannot be asked or names a time: whoever asked comes again.
        """
        for sid in sids:
            if not self._kind.sid(sid):
                continue
            await self._pace.turn()
            if self._pace.closed is not None:
                return
            answer = await self.api.fetch(sid)
            if answer.outcome is not None:
                self._pace.heed(answer.outcome)
                return
            yield sid, answer.shown

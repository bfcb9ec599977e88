"""One at a time, each recorded before the next, none sent blindly twice: texts and calls alike.

Either costs money and frightens people when it comes a second time, so of each sending at most one
is ever out without a record. Several sendings go side by side and share the account's pace.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self
from weakref import WeakValueDictionary

from tocsin.notifiers.sent import Sent
from tocsin.notifiers.twilio_account import TwilioAccount
from tocsin.notifiers.twilio_api import Kind, TwilioApi
from tocsin.notifiers.twilio_pace import Pace
from tocsin.notifiers.twilio_receipts import Finding
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, InDoubt, Reason, Refused, SendOutcome

NAME = "twilio"
"""What stands as the relay in every `Sent`."""
_HEARTBEATS_PER_LEASE = 3
_PULSE_S = 0.1
_CLOCK_GRAIN_S = 5.0


class Wanted(NamedTuple):
    """What Twilio is asked to do for one message. Its repr is never logged."""

    form: Mapping[str, str]
    is_it: Callable[["Shown"], bool]
    """Whether something that Twilio shows is this very one."""

    def __repr__(self) -> str:
        return "Wanted()"


class Shown(NamedTuple):
    """Something that Twilio lists, held against what was wanted. Its repr is never logged."""

    fields: Mapping[str, Any]
    at: datetime | None
    """When it was shown, by Twilio's own clock."""
    within_s: float | None
    """How long ago it was asked for at most, in seconds; None where nobody knows."""

    def __repr__(self) -> str:
        return "Shown()"


Says = Callable[[Mapping[str, Any]], Finding | None]
"""What something says of its notice, as Twilio shows it."""


class TwilioSending:
    """What texts and calls have in common; each says what is asked for, and what a status says."""

    def __init__(self, account: TwilioAccount, kind: Kind, says: Says) -> None:
        self._account = account
        self._kind = kind
        self._says = says
        self._pace = Pace(account.rate_per_s)
        self._api: TwilioApi | None = None
        self._known: set[str] = set()
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

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
    def _open(self) -> TwilioApi:
        if self._api is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        return self._api

    async def _hand_over(
        self,
        messages: Sequence[Message],
        lease: Lease,
        prepare: Callable[[Message], Wanted | Refused],
        *,
        doubtful: Collection[tuple[str, int]],
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Yield what became of each message that `prepare` makes something of."""
        api = self._open
        loop = asyncio.get_running_loop()
        for each in messages:
            if not lease.may_send:
                return
            wanted = prepare(each)
            again = (each.lane, each.seq) in doubtful
            mine: set[str] = set()
            delivery = loop.create_task(self._deliver(api, wanted, lease, mine, again=again))
            beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            on_record = False
            try:
                while not (await asyncio.wait({delivery}, timeout=_PULSE_S))[0]:
                    if not lease.alive:
                        return
                    if loop.time() >= beat_at:
                        yield ()
                        beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
                outcome = delivery.result()
                if outcome is None:
                    return
                yield (Sent(each.lane, each.seq, outcome, NAME),)
                on_record = True
            finally:
                delivery.cancel()
                await asyncio.wait({delivery})
                if not on_record:
                    self._known -= mine  # whoever comes next may find it

    async def _deliver(
        self,
        api: TwilioApi,
        wanted: Wanted | Refused,
        lease: Lease,
        mine: set[str],
        *,
        again: bool,
    ) -> SendOutcome | None:
        """Return the outcome of one message, or None where the lease no longer lets it start.

        One at a time for each number: of two that go there at once, neither is taken for the other.
        """
        if isinstance(wanted, Refused):
            return wanted
        async with self._lines.setdefault(wanted.form["To"], asyncio.Lock()):
            outcome = await self._doubted(api, wanted) if again else None
            outcome = outcome or await self._create(api, wanted, lease)
            if isinstance(outcome, Accepted):
                mine.add(outcome.provider_ref)
                self._known |= mine
            return outcome

    async def _doubted(self, api: TwilioApi, wanted: Wanted) -> SendOutcome | None:
        """Return what became of one that may be out already; None where Twilio shows none."""
        sid = await self._find(api, wanted, within_s=None)
        if sid is None:
            return InDoubt(Reason.RELAY_UNAVAILABLE)  # sent now it would be sent blindly
        return Accepted(sid) if sid else None

    async def _create(self, api: TwilioApi, wanted: Wanted, lease: Lease) -> SendOutcome | None:
        if self._pace.closed is None:
            await self._pace.turn()
        if not lease.may_send:
            return None
        if (closed := self._pace.closed) is not None:
            return closed
        started = asyncio.get_running_loop().time()
        outcome = await api.create(wanted.form)
        self._pace.heed(outcome)
        if isinstance(outcome, InDoubt):
            return await self._look_up(api, wanted, outcome, started)
        return outcome

    async def _look_up(
        self, api: TwilioApi, wanted: Wanted, doubt: InDoubt, started: float
    ) -> SendOutcome:
        """Return Accepted if Twilio has it; not found is no proof that it has not."""
        for wait_s in self._account.look_up_after_s:
            await asyncio.sleep(wait_s)
            within_s = asyncio.get_running_loop().time() - started + _CLOCK_GRAIN_S
            if sid := await self._find(api, wanted, within_s=within_s):
                return Accepted(sid)
        return doubt

    async def _find(self, api: TwilioApi, wanted: Wanted, *, within_s: float | None) -> str | None:
        """Return the Sid of what was wanted; "" if Twilio shows none, None if it cannot be asked.

        `within_s` is how long ago it was asked for at most, in seconds, where that is known. Sids
        that are accounted for are left out: of two people who share a phone and get the same words,
        the message of one is no proof for the other.
        """
        await self._pace.turn()
        listed = await api.between(wanted.form["To"], wanted.form["From"])
        if listed is None:
            return None
        for each in listed.found:
            sid = self._kind.sid(each.get("sid"))
            if sid and sid not in self._known and wanted.is_it(Shown(each, listed.at, within_s)):
                return sid
        return ""

    async def poll(self, sids: Sequence[str]) -> AsyncGenerator[tuple[str, Finding | None], None]:
        """Ask Twilio after those of which nothing was heard; yield (Sid, what it says) of each.

        None: no evidence yet. Keeps the account's pace, and ends early when Twilio cannot be asked
        or names a time: whoever asked comes again for the others.
        """
        for sid in sids:
            if not self._kind.sid(sid):
                continue
            await self._pace.turn()
            if self._pace.closed is not None:
                return
            answer = await self._open.fetch(sid)
            if answer.outcome is not None:
                self._pace.heed(answer.outcome)
                return
            yield sid, self._says(answer.shown)

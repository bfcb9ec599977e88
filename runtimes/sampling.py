"""Test sends: the drafted texts of a round to addresses of our own, to be seen as people see them.

No address comes from the directory, and nothing here is a notice: no obligation is touched. Who
tested which texts on which ways is put on record before the first one goes.
"""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from tocsin.ledger import reads
from tocsin.rules.contacts import obstacle
from tocsin.rules.own_mailboxes import is_own_mailbox
from tocsin.rules.permission import allowed
from tocsin.runtimes.delivery_books import RoundBook
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.preview import round_named
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotFound
from tocsin.schemas.lease import Lease, Order, boottime
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.person import DETAIL
from tocsin.schemas.principal import CommandType
from tocsin.services.naming import text_name, texts_hash
from tocsin.services.outcome_rows import translated
from tocsin.services.samples import PER_TEST, Samples, Wanted


@dataclass(frozen=True, slots=True)
class Sampled:
    """What became of one sample."""

    cohort: int
    channel: Channel
    result: Result | None
    """None where no answer came."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class SampledRound:
    """What became of a test send."""

    round: str
    drill: bool
    """It went to the outbox, like everything of a drill."""
    samples: tuple[Sampled, ...]
    left_out: tuple[Channel, ...]
    """Channels of the round for which no address of our own is configured."""

    @property
    def all_accepted(self) -> bool:
        """Whether every sample was taken over."""
        return all(sample.result is Result.ACCEPTED for sample in self.samples)


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A round of an incident with its texts and plan."""

    round: str
    texts: Mapping[str, str]
    plan: Mapping[str, Any]

    def wanted(self, channel: Channel | None, cohort: int | None) -> list[Wanted]:
        """Return the texts that are asked for; InvalidInput or NotFound where there is none."""
        found = [
            (int(number), Channel(name))
            for number, names in sorted(self.plan["ladders"].items(), key=lambda one: int(one[0]))
            for name in names
        ]
        if cohort is not None and cohort not in {number for number, _ in found}:
            message = f"{self.round} has no cohort {cohort}"
            raise NotFound(message, field="--cohort", fix="`tocsin incident preview` shows them")
        known = list(dict.fromkeys(name for _, name in found))
        if channel is not None and channel not in known:
            message = f"{self.round} tells nobody by {channel.label}"
            fix = f"choose from: {', '.join(known)}"
            raise InvalidInput(message, field="--channel", fix=fix)
        chosen = [
            (number, name)
            for number, name in found
            if channel in {None, name} and cohort in {None, number}
        ]
        return [Wanted(*one, place) for place, one in enumerate(chosen[:PER_TEST])]


async def send_test(
    runtime: Runtime,
    token: str | None,
    incident_id: str,
    *,
    channel: Channel | None = None,
    cohort: int | None = None,
    round_name: str | None = None,
) -> SampledRound:
    """Send drafted texts to `[test_recipients]`: all of them, or those of a channel or cohort.

    They are those of the newest round, or of the one that is named (`r2`). Works before the
    approval, which is what it is for. A drill's go to the outbox.

    Raises:
        Conflict: nothing is drafted, or the incident is over.
        InvalidInput: no address is configured for a channel, or one that is no use or not our own.
        NotFound: there is no such incident, round or cohort.

    """
    by = await runtime.door.principal(token)
    allowed(by, CommandType.TEST_SEND, hands=frozenset())
    view = await runtime.ledger.ask(reads.incident, incident_id)
    if view.state != "open":
        message = f"{incident_id} is {view.state}"
        raise Conflict(message, field="incident", fix="nothing of it is sent any more")
    drafted = await _drafted(runtime, incident_id, round_name)
    asked = drafted.wanted(channel, cohort)
    details = _details(runtime, view.organisation, asked)
    wanted = [one for one in asked if one.channel in details]
    if not wanted:
        names = ", ".join(dict.fromkeys(DETAIL[one.channel] for one in asked))
        message = "no address of our own is configured for these texts"
        raise InvalidInput(message, field="test_recipients", fix=f"set one of: {names}")
    await runtime.door.record_test(
        token,
        incident_id,
        {
            "round": drafted.round,
            "texts": texts_hash(drafted.texts),
            "sent": [text_name(drafted.round, one.cohort, one.channel) for one in wanted],
            "channels": list(dict.fromkeys(one.channel for one in wanted)),
        },
    )
    return SampledRound(
        round=drafted.round,
        drill=view.drill,
        samples=await _sent(runtime, incident_id, drafted, wanted, details),
        left_out=tuple(dict.fromkeys(o.channel for o in asked if o.channel not in details)),
    )


async def _drafted(runtime: Runtime, incident_id: str, round_name: str | None) -> _Drafted:
    rounds, book = await runtime.ledger.ask(reads.rounds, incident_id), RoundBook(runtime.ledger)
    view = round_named(rounds, round_name)
    texts = await book.texts(view.id)
    if not texts:
        message = "no text is drafted"
        fix = "let a worker do it: `tocsin run`; where a page replaces all notices, there is none"
        raise Conflict(message, field="incident", fix=fix)
    return _Drafted(view.id, texts, await book.plan(view.id))


def _details(runtime: Runtime, organisation: str, asked: Sequence[Wanted]) -> dict[Channel, str]:
    """Return our own address for each channel that has one, checked as a person's would be."""
    ours = next(o for o in runtime.settings.organisations if o.id == organisation)
    found: dict[Channel, str] = {}
    for channel in dict.fromkeys(one.channel for one in asked):
        detail = runtime.settings.test_recipients.on(channel)
        if detail is None:
            continue
        field = f"test_recipients.{DETAIL[channel]}"
        if obstacle(channel, detail):
            message = f"cannot be used for {channel.label}"
            raise InvalidInput(message, field=field, fix="correct it in the configuration")
        if channel is Channel.EMAIL and not is_own_mailbox(detail, ours):
            message = f"is not a mailbox of {ours.brand}"
            fix = f"name one under {ours.site}: a draft goes to nobody else"
            raise InvalidInput(message, field=field, fix=fix)
        found[channel] = detail
    return found


async def _sent(
    runtime: Runtime,
    incident_id: str,
    drafted: _Drafted,
    wanted: Sequence[Wanted],
    details: Mapping[Channel, str],
) -> tuple[Sampled, ...]:
    mailers: Any = runtime.step.ports["mailers"]
    tests = await runtime.ledger.ask(reads.facts, incident_id, FactKind.ACCESS)
    samples = Samples(
        drafted.round,
        test=len([name for name in tests if name.startswith("test:")]),
        key=runtime.ledger.keys.of(drafted.round),
        domain=await mailers.domain(incident_id),
        texts=drafted.texts,
    )
    outcomes: dict[int, tuple[Result, Reason]] = {}
    for channel, detail in details.items():
        rung = drafted.plan["ladder"].index(channel.value)
        theirs = [one for one in wanted if one.channel is channel]
        messages = samples.messages(theirs, detail, mailers, rung=rung)
        length = runtime.step.lease_s
        lease = Lease(deadline=boottime() + length, length_s=length)
        stream = mailers.deliver(incident_id, channel, messages, lease, doubtful=())
        async with aclosing(stream) as flushes:
            async for flush in flushes:
                for sent in flush:
                    outcomes[sent.seq] = translated(sent.outcome)[:2]
                lease.renew(boottime() + length, Order.GO)
    none = None, Reason.NONE
    return tuple(
        Sampled(one.cohort, one.channel, *outcomes.get(samples.seq(one), none)) for one in wanted
    )

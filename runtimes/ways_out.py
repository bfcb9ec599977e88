"""The ways out of the system, and the one switch between the real ones and a drill's.

Whether an incident is a drill stands in the ledger and is asked here each time: no caller can hand
a drill to a real channel.
"""

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from itertools import islice
from pathlib import Path

from tocsin.notifiers.outbox import Outbox
from tocsin.notifiers.public_address import PublicAddress
from tocsin.notifiers.sent import Sent, part_of
from tocsin.notifiers.site import Site
from tocsin.rendering.dkim import Dkim
from tocsin.rendering.splicing import pieces
from tocsin.runtimes.books import Cases
from tocsin.runtimes.channels import Flushes, Send, Way
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import Conflict
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message, Segments
from tocsin.schemas.organisation import Organisation


class WaysOut:
    """Hands messages to the notifier of their channel, or to the outbox of a drill."""

    def __init__(
        self,
        *,
        cases: Cases,
        organisations: Mapping[str, Organisation],
        ways: Mapping[Channel, Way],
        outbox: Path,
        flush: int,
        dkim: Dkim | None = None,
    ) -> None:
        """Name the real ways and the drill's, and what signs e-mails if anything does."""
        self._dkim = dkim
        self._cases = cases
        self._organisations = organisations
        self._ways = ways
        self._outbox = outbox
        self._flush = flush

    async def domain(self, incident_id: str) -> str:
        """Return the domain of Message-IDs: the sender's."""
        view = await self._cases.incident(incident_id)
        return self._organisations[view.organisation].sender_email.rpartition("@")[2]

    async def deliver(
        self,
        incident_id: str,
        channel: Channel,
        messages: Iterator[Message],
        lease: Lease,
        *,
        doubtful: Collection[tuple[str, int]],
    ) -> AsyncGenerator[Sequence[Sent], None]:
        """Yield flushes of outcomes; resuming means that the flush before was applied."""
        view = await self._cases.incident(incident_id)
        organisation = self._organisations[view.organisation]
        async with AsyncExitStack() as stack:
            send: Send
            if view.drill:
                folder = Outbox(self._outbox / incident_id, flush=self._flush)
                send = _to(await stack.enter_async_context(folder))
            else:
                send = self._way(channel).send
            # A part at a time: the messages of a whole batch are megabytes.
            while part := list(islice(messages, part_of(self._flush))):
                sending = send(organisation, part, lease, doubtful)
                del part  # whoever sends lets go of each message once it has left
                async with aclosing(sending) as flushes:
                    async for flush in flushes:
                        yield flush
                if not lease.may_send:
                    return

    def _way(self, channel: Channel) -> Way:
        if channel not in self._ways:
            message = f"this worker has no way out by {channel.label}, and the round's plan has one"
            fix = "add its section to the configuration again, then `tocsin dead replay`"
            raise Conflict(message, field=channel.value, fix=fix)
        return self._ways[channel]

    def pieces(self, segments: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return one message in pieces, an e-mail signed where that is configured."""
        if self._dkim is not None and "message_id" in segments.slots:  # only an e-mail has one
            return self._dkim.pieces(segments, values)
        return pieces(segments, values)


def _to(outbox: Outbox) -> Send:
    def send(
        by: Organisation,
        messages: Sequence[Message],
        lease: Lease,
        _doubtful: Collection[tuple[str, int]],
    ) -> Flushes:
        return outbox.send(messages, lease, sender=by.sender_email)

    return send


class Shelves:
    """Publishes announcements and lays reports; a drill's stay inside the outbox."""

    def __init__(
        self,
        *,
        cases: Cases,
        announcements: str,
        address: PublicAddress | None,
        reports: Path,
        outbox: Path,
    ) -> None:
        """Name the real places, where the public reads announcements, and the drill's places."""
        self._cases = cases
        self._announcements = announcements
        self._address = address
        self._reports = reports
        self._outbox = outbox

    async def publish(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> tuple[tuple[str, str], ...]:
        """Publish an announcement; return (path, SHA-256) of each file."""
        return await _put(await self._site(incident_id), name, files)

    async def remove(self, incident_id: str, name: str, paths: Sequence[str]) -> None:
        """Remove files of an announcement; one that is not there is removed already."""
        await (await self._site(incident_id)).remove(name, paths)

    async def stands(self, incident_id: str, name: str) -> Mapping[str, str]:
        """Return path -> SHA-256 of what stands of an announcement; Unavailable if none can say."""
        return await (await self._site(incident_id)).published(name)

    async def seen(
        self, incident_id: str, name: str, paths: Sequence[str]
    ) -> Mapping[str, str] | None:
        """Return path -> SHA-256 as the public gets it, "" for what it does not get; or None."""
        if self._address is None or (await self._cases.incident(incident_id)).drill:
            return None
        return await self._address.seen(name, paths)

    async def _site(self, incident_id: str) -> Site:
        drill = (await self._cases.incident(incident_id)).drill
        return Site(str(self._outbox / incident_id / "public") if drill else self._announcements)

    async def file(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> tuple[tuple[str, str], ...]:
        """Lay a report ready for filing; return (path, SHA-256) of each file."""
        drill = (await self._cases.incident(incident_id)).drill
        place = self._outbox / incident_id / "reports" if drill else self._reports
        named = {f"{name}{suffix}": content for suffix, content in files.items()}
        return await _put(Site(str(place)), incident_id, named)


async def _put(site: Site, name: str, files: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    return tuple((f"{name}/{done.path}", done.sha256) for done in await site.publish(name, files))

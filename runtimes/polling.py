"""Providers that can be asked what became of a message, for those who stay silent."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol, runtime_checkable

from tocsin.notifiers.twilio_receipts import Finding
from tocsin.runtimes.channels import Way
from tocsin.schemas.channels import Channel
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason


@runtime_checkable
class CanBeAsked(Protocol):
    """A notifier whose provider says what became of a message when it is asked."""

    def poll(self, sids: Sequence[str]) -> AsyncGenerator[tuple[str, Finding | None], None]:
        """Yield what is known of each message by its reference; None: nothing yet."""
        ...


class Receipts:
    """Asks the provider of a channel; one that cannot be asked knows nothing."""

    def __init__(self, ways: Mapping[Channel, Way]) -> None:
        """Take the open channels."""
        self._askable = {
            channel: way.notifier
            for channel, way in ways.items()
            if isinstance(way.notifier, CanBeAsked)
        }

    async def poll(
        self, channel: Channel, refs: Sequence[str]
    ) -> Mapping[str, tuple[Heard, Reason] | None]:
        """Return what is known of each message by its reference; None: nothing yet."""
        notifier = self._askable.get(channel)
        if notifier is None:
            return {}
        found: dict[str, tuple[Heard, Reason] | None] = {}
        async with aclosing(notifier.poll(refs)) as answers:
            async for ref, finding in answers:
                found[ref] = None if finding is None else (finding.heard, finding.reason)
        return found

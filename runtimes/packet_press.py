"""Packets for controllers as the stages see them: drafted, as texts, and as files."""

import contextlib
from collections.abc import Mapping

from tocsin.ledger import reads
from tocsin.ledger.ledger import Ledger
from tocsin.rendering.packet import (
    draft_packet,
    packet_html,
    packet_json,
    packet_sheet,
    packet_text,
)
from tocsin.runtimes.report_press import TYPESETTER, can_typeset
from tocsin.schemas.commit import FactKind
from tocsin.schemas.packet import Packet, PacketContext
from tocsin.typesetting.press import Press, TypesettingFailed

_AT_ONCE = 1


class PacketPress:
    """Writes packets."""

    def __init__(self) -> None:
        """Set one PDF at a time, as reports are."""
        self._press = Press(_AT_ONCE, TYPESETTER)

    def draft(self, context: PacketContext) -> Packet:
        """Return a packet filled from the facts."""
        return draft_packet(context)

    def texts(self, packet: Packet) -> Mapping[str, str]:
        """Return what an approval binds to, by suffix: for machines, as a page, as a message."""
        return {
            ".json": packet_json(packet).decode(),
            ".html": packet_html(packet).decode(),
            ".txt": packet_text(packet),
        }

    async def files(self, packet: Packet) -> Mapping[str, bytes]:
        """Return those texts as files, by suffix; without a PDF where none can be set."""
        files = {name: text.encode() for name, text in self.texts(packet).items()}
        if can_typeset():
            job = {"sheet": packet_sheet(packet), "at": int(packet.drafted_at.timestamp())}
            with contextlib.suppress(TypesettingFailed):
                files[".pdf"] = await self._press.bytes_of(job)
        return files


class PacketBook:
    """What was drafted for controllers, as the ledger has it."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def packet(self, incident_id: str, artefact: str) -> Packet | None:
        """Return the newest packet of a name; None without one."""
        body = await self._ledger.ask(reads.fact, incident_id, FactKind.PACKET, artefact)
        return None if body is None else Packet.model_validate(body)

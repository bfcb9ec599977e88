"""The ledger's record of an incident's public files, and where the public reads them."""

from collections.abc import Mapping

from tocsin.ledger import reads
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.notifiers.public_address import PublicAddress
from tocsin.rules.public_files import PUBLISHED, fold, hashes, to_publish
from tocsin.runtimes.books import Cases, Papers
from tocsin.runtimes.delivery_books import RoundBook
from tocsin.runtimes.settings import Settings
from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import NotFound
from tocsin.schemas.identifiers import public_code
from tocsin.schemas.notice import EarlierRound, Publication
from tocsin.schemas.public_view import PublicView
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.naming import artefact_name, pages_in, texts_hash


def shown_senders(settings: Settings) -> dict[Channel, str]:
    """Return what text messages and calls show as their sender, where they are configured."""
    shown = {
        Channel.SMS: settings.sms.sender if settings.sms else "",
        Channel.CALL: settings.calls.number if settings.calls else "",
    }
    return {channel: sender for channel, sender in shown.items() if sender}


class PublicFiles:
    """What should stand in public of an incident, and what it follows."""

    def __init__(
        self,
        ledger: Ledger,
        keys: KeyRing,
        *,
        address: PublicAddress | None,
        senders: Mapping[Channel, str],
    ) -> None:
        """Read from `ledger`; `keys` make the public codes of earlier rounds."""
        self._ledger = ledger
        self._keys = keys
        self._address = address
        self._senders = senders

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        return await Cases(self._ledger).incident(incident_id)

    async def public(self, incident_id: str) -> PublicView:
        """Return what should stand."""
        found = await self._ledger.ask(reads.history, incident_id, FactKind.ANNOUNCEMENT)
        return fold((name, body) for _, name, body in found)

    async def approved_files(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        """Return an artefact's draft by path; nothing once it is not what was approved."""
        approval = await Papers(self._ledger).approval(incident_id, artefact)
        texts, files = await self._drafted(incident_id, artefact)
        is_approved = approval is not None and approval.binding.text_hash == texts_hash(texts)
        return files if is_approved else {}

    async def coming(self, incident_id: str) -> Mapping[str, frozenset[str]]:
        """Return path -> SHA-256 of what is approved and not yet on record as published."""
        found = await self._ledger.ask(reads.facts, incident_id, FactKind.ANNOUNCEMENT)
        coming: dict[str, frozenset[str]] = {}
        for artefact in await self._ledger.ask(reads.artefacts, incident_id):
            if (
                artefact.state is ArtefactState.APPROVED
                and artefact.kind in {ArtefactKind.ANNOUNCEMENT, ArtefactKind.NOTICE}
                and f"{PUBLISHED}{artefact.name}" not in found
            ):
                files = await self.approved_files(incident_id, artefact.name)
                for path, sha256 in hashes(to_publish(files)).items():
                    coming[path] = coming.get(path, frozenset()) | {sha256}
        return coming

    async def _drafted(
        self, incident_id: str, artefact: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the texts that an approval binds to, and the public files among them."""
        kind, _, number = artefact.rpartition("-")
        if kind == ArtefactKind.NOTICE:
            round_id = f"{incident_id}/{number}"
            texts = await RoundBook(self._ledger).texts(round_id)
            return texts, pages_in(texts, round_id)
        try:
            pages = await Papers(self._ledger).pages(incident_id, artefact)
        except NotFound:
            pages = {}
        return pages, pages

    async def publication(self, view: RoundView, *, drill: bool) -> Publication:
        """Return where a round's public files will stand, and which rounds they follow."""
        found = await self._ledger.ask(reads.facts, view.incident, FactKind.ANNOUNCEMENT)
        follows: list[EarlierRound] = []
        for earlier in await Cases(self._ledger).rounds(view.incident):
            if earlier.id == view.id:
                break
            kinds = (ArtefactKind.ANNOUNCEMENT, ArtefactKind.NOTICE)
            stood = [f"{PUBLISHED}{artefact_name(kind, earlier.id)}" in found for kind in kinds]
            if any(stood) and (code := self._code(earlier.id)):
                follows.append(EarlierRound(earlier.id, code, earlier.opened_at, stood[0]))
        has_address = self._address is not None and not drill
        return Publication(
            address=self._address.of(view.incident) if self._address and has_address else "",
            senders=self._senders,
            follows=tuple(follows),
        )

    def _code(self, round_id: str) -> str:
        """Return a round's public code; empty once its key was destroyed."""
        try:
            return public_code(self._keys.of(round_id), round_id)
        except NotFound:
            return ""

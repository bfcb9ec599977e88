"""What may come in at a bounce address: mail for genuine codes, and what it says is put on record.

No message is kept, and no word of one is repeated.
"""

from collections import Counter

from aiosmtpd.smtp import SMTP, Envelope, Session
from tocsin.returns.desk import Desk
from tocsin.returns.dsn import Kind, read_bounce
from tocsin.returns.receiver_settings import ReceiverSettings
from tocsin.returns.shared_take import SharedTake
from tocsin.returns.verp import Verp
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode

SOURCE = "dsn"
"""The source of every receipt that comes this way."""

_NOBODY = "550 5.1.1 no such mailbox"
_LATER = "451 4.3.0 not now, come again"
_TAKEN = "250 2.0.0 taken"


class BounceDoor:
    """Answers MAIL, RCPT and DATA for all sessions of one receiver (aiosmtpd calls it a handler).

    `counts` says how many messages of each kind came in; none of them is kept.
    """

    def __init__(self, settings: ReceiverSettings, desk: Desk, shared: SharedTake) -> None:
        self.counts: Counter[Kind] = Counter()
        self._verp = Verp(settings.domain)
        self._recipients = settings.recipients
        self._desk = desk
        self._shared = shared

    async def handle_EHLO(  # noqa: N802  # aiosmtpd looks for these names
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, answer: list[str]
    ) -> list[str]:
        """Offer what there is: PIPELINING (RFC 2920), and no AUTH."""
        session.host_name = name
        extensions = [line for line in answer[1:-1] if not line.startswith("250-AUTH")]
        return [answer[0], *extensions, "250 PIPELINING"]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        """Take a recipient whose code is genuine; every other is as unknown as the next."""
        if len(envelope.rcpt_tos) >= self._recipients:
            return "452 4.5.3 too many recipients"
        code = self._verp.code(address)
        try:
            if code is None or not await self._desk.knows(code):
                return _NOBODY
        except Unavailable:
            return _LATER
        envelope.rcpt_tos.append(str(code))
        return "250 2.1.5 go on"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Read a message and say yes once what it says is on record."""
        content = envelope.original_content
        returned = read_bounce(content or b"")
        codes = {ReturnCode.read(text) for text in envelope.rcpt_tos}
        receipts = [
            Receipt(code, said.heard, said.reason, SOURCE)
            for code in codes
            for said in returned.said
            if code is not None
        ]
        try:
            if receipts:
                await self._shared.take(receipts)
        except Unavailable:
            return _LATER
        self.counts[returned.kind] += 1
        return _TAKEN

    async def handle_exception(self, _error: Exception) -> str:
        """Answer for anything unforeseen: whoever has the bounce keeps it. Its words stay here."""
        return _LATER

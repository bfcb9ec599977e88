"""What a call says, rendered anew while it goes on: from what was approved, byte for byte."""

from tocsin.ledger import audience, reads
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.rendering.splicing import splice
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import FactKind
from tocsin.schemas.identifiers import ReturnCode, notice_seed, reference_code
from tocsin.schemas.notice import Segments
from tocsin.services.naming import text_name


class CallScripts:
    """Renders the words of a call from the ledger; no directory is needed, for they name nobody."""

    def __init__(self, ledger: Ledger, keys: KeyRing) -> None:
        """Name the ledger and the keys of its rounds."""
        self._ledger = ledger
        self._keys = keys

    async def script(self, code: ReturnCode) -> bytes | None:
        """Return the content of the message that was sent under a code; None when it is gone."""
        cohort = await self._ledger.ask(audience.cohort_of, code.round, code.lane, code.seq)
        if cohort is None:
            return None
        texts = await self._ledger.ask(reads.round_facts, code.round, FactKind.TEXT)
        found = texts.get(text_name(code.round, cohort, Channel.CALL))
        if found is None:
            return None
        round_key = self._keys.of(code.round)
        key = notice_seed(round_key, code.round, code.lane, code.seq)
        values = {"reference": reference_code(round_key, key), "code": str(code)}
        return splice(Segments.from_text(found["text"]), values)

"""How a print house or a call centre writes down what became of notices: columns and words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tocsin.returns.dates import ISO
from tocsin.returns.said import Said
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason

_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}", re.ASCII)
_COLUMNS: Mapping[str, str] = MappingProxyType(
    {"code": "code", "result": "result", "reason": "reason", "date": "date"}
)


def word(text: str) -> str:
    """Return a word as it is looked up: in lower case, blanks and hyphens as underscores."""
    return re.sub(r"[\s-]+", "_", text.strip().casefold())


@dataclass(frozen=True, slots=True)
class ResultsLayout:
    """What each column and each word of a file means.

    `source` stands in every receipt. `results` gives what was heard for each word, None where
    nothing was: somebody did not answer yet. `reasons` tells failures apart; a failure without one
    has that of its result. `dates` is the form of a day, as strptime knows it.
    """

    source: str
    results: Mapping[str, Said | None]
    reasons: Mapping[str, Reason]
    columns: Mapping[str, str] = field(default_factory=lambda: _COLUMNS)
    encoding: str = "utf-8"
    dates: str = ISO

    def __post_init__(self) -> None:
        """Refuse a source that is no short name.

        Raises:
            InvalidInput: it is none.
        """
        if not _SOURCE.fullmatch(self.source):
            message = "not a short name"
            fix = "write up to 40 small letters, digits, dots and hyphens"
            raise InvalidInput(message, field="results.source", fix=fix)

    def named(
        self,
        source: str,
        *,
        columns: Mapping[str, str] = MappingProxyType({}),
        words: Mapping[str, str] = MappingProxyType({}),
        encoding: str = "utf-8",
        dates: str = ISO,
    ) -> "ResultsLayout":
        """Return this layout for one house that has names and words of its own.

        `columns` maps `code`, `result`, `reason`, `date` to the house's names; `words` maps words
        of the house to ours, results and reasons alike. Ours stay known.

        Raises:
            InvalidInput: one of ours is none.
        """
        for ours in columns:
            if ours not in _COLUMNS:
                message = f"there is no column {ours!r}"
                fix = f"choose from: {', '.join(_COLUMNS)}"
                raise InvalidInput(message, field="results.columns", fix=fix)
        results, reasons = dict(self.results), dict(self.reasons)
        for theirs, ours in words.items():
            if ours in self.results:
                results[word(theirs)] = self.results[ours]
            elif ours in self.reasons:
                reasons[word(theirs)] = self.reasons[ours]
            else:
                message = f"there is no word {ours!r}"
                fix = f"choose from: {', '.join((*self.results, *self.reasons))}"
                raise InvalidInput(message, field="results.words", fix=fix)
        return replace(
            self,
            source=source,
            results=results,
            reasons=reasons,
            columns={**_COLUMNS, **columns},
            encoding=encoding,
            dates=dates,
        )


PRINT_HOUSE = ResultsLayout(
    source="print-house",
    results=MappingProxyType(
        {
            "delivered": Said(Heard.DELIVERED),
            "returned": Said(Heard.FAILED, Reason.NO_SUCH_MAILBOX),
            "undeliverable": Said(Heard.FAILED, Reason.NO_SUCH_MAILBOX),
            "posted": None,
        }
    ),
    reasons=MappingProxyType(
        {
            "unknown": Reason.NO_SUCH_MAILBOX,
            "deceased": Reason.NO_SUCH_MAILBOX,
            "moved": Reason.ADDRESS_CHANGED,
            "incomplete": Reason.MALFORMED_ADDRESS,
            "refused": Reason.MAILBOX_BARRED,
            "unclaimed": Reason.RETRIES_EXHAUSTED,
        }
    ),
)
"""Letters. `posted` says nothing yet: the print house has taken the letter before."""

CALL_CENTRE = ResultsLayout(
    source="call-centre",
    results=MappingProxyType(
        {
            "reached": Said(Heard.DELIVERED),
            "confirmed": Said(Heard.CONFIRMED),
            "wrong_number": Said(Heard.FAILED, Reason.NO_SUCH_MAILBOX),
            "refused": Said(Heard.FAILED, Reason.MAILBOX_BARRED),
            "given_up": Said(Heard.FAILED, Reason.RETRIES_EXHAUSTED),
            "no_answer": None,
            "busy": None,
            "voicemail": None,
        }
    ),
    reasons=MappingProxyType(
        {
            "disconnected": Reason.NO_SUCH_MAILBOX,
            "malformed": Reason.MALFORMED_ADDRESS,
        }
    ),
)
"""Calls by people. `no_answer` says nothing: they call again, until they write `given_up`."""

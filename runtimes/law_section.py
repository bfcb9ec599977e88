"""The regimes that a deployment goes by: the pack, and an operator's own files."""

from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field
from tocsin.regimes.load import load_regimes
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.record import Record
from tocsin.schemas.regime import Regime


class LawSection(Record):
    """Which regimes are gone by."""

    regimes: tuple[str, ...] = Field(default=("*",), min_length=1)
    """Ids of regimes, or patterns of them: `US-*`. People whom none of these protects are told all
    the same, as nothing forbids it; only what they are owed is not known then."""
    own: Path | None = None
    """A file or folder of own regimes. One there takes the place of a built-in one of its id."""

    def pack(self) -> tuple[Regime, ...]:
        """Return every version of the regimes.

        Raises InvalidInput for a name that fits none, or an own file that is wrong.
        """
        every = load_regimes(self.own)
        for name in self.regimes:
            if not any(fnmatchcase(regime.id, name) for regime in every):
                message = f"there is no regime {name}"
                fix = "`tocsin regime list` shows them"
                raise InvalidInput(message, field="law.regimes", fix=fix)
        return tuple(r for r in every if any(fnmatchcase(r.id, name) for name in self.regimes))

"""A finding of the gates: what is wrong with a text before it is approved, and by which rule."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from tocsin.schemas.record import Record


class FindingSeverity(StrEnum):
    """What a finding does to an approval."""

    BLOCK = "block"
    """It cannot be approved."""
    WARN = "warn"
    """It is approved only with a reason, which stands on record."""
    NOTE = "note"
    """It is shown and asks for nothing: a heuristic, or a measure that has no agreed limit."""


_RANK = tuple(FindingSeverity)


class Finding(Record):
    """One finding. Holds words of a text that many will read, and never a person's data."""

    rule: str
    """The rule that it cites: `NW-31`, `US-CA DATE_BREACH`; `docs/gates.md` lists them."""
    severity: FindingSeverity = FindingSeverity.BLOCK
    text: str
    """What is wrong, as a sentence."""
    where: str = ""
    """Channel and locale, then the part: `email/en: What happened`; or the field of the file."""
    fix: str = ""
    """What to do about it."""

    def at(self, place: str) -> "Finding":
        """Return the same finding with the place in front of where it was found."""
        return self.model_copy(update={"where": f"{place}: {self.where}" if self.where else place})

    def __str__(self) -> str:
        """Return one line: rule, where, what, fix."""
        where = f"{self.where}: " if self.where else ""
        return f"{self.rule}: {where}{self.text}" + (f" ({self.fix})" if self.fix else "")


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, what blocks first."""
    every = dict.fromkeys(findings)
    return tuple(sorted(every, key=lambda f: (_RANK.index(f.severity), f.rule, f.where, f.text)))


def read_findings(plan: Mapping[str, Any], name: str = "findings") -> tuple[Finding, ...]:
    """Return the findings that a plan holds under a name.

    A plan drafted before findings cited rules holds sentences: they warn without a reason.
    """
    return tuple(
        Finding(rule="", severity=FindingSeverity.NOTE, text=each)
        if isinstance(each, str)
        else Finding.model_validate(each)
        for each in plan.get(name, ())
    )

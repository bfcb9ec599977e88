"""What the run showed of each promise that Tocsin makes, in sentences with figures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.demo.acts import APPROVER, RAISER
from tocsin.demo.verdict import Verdict
from tocsin.schemas.duty import ClockState

TITLES: Mapping[str, str] = {
    "P1": "Nobody is forgotten",
    "P2": "Nobody is told twice",
    "P3": "Nothing leaves unapproved",
    "P4": "No personal data where it need not be",
    "P5": "No clock is missed in silence",
    "P6": "It can be proved later",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One promise, what the run showed of it, and what contradicts it."""

    title: str
    text: str
    checks: tuple[str, ...]
    problems: tuple[str, ...]


def promises(verdict: Verdict, *, refusal: str) -> tuple[Shown, ...]:
    """Return every promise with what the run showed."""
    texts = {
        "P1": _nobody_forgotten(verdict),
        "P2": _nobody_twice(verdict),
        "P3": (
            f"{RAISER} raised the incidents and tried to approve as well: “{refusal}”. "
            f"{APPROVER} approved {len(verdict.papers.approvals)} artefacts, each bound to the "
            "hash of what it says and of whom it is for."
        ),
        "P4": (
            "After the run, every byte of ledger, texts, announcement, preview and reports was "
            "searched for the e-mail addresses, telephone numbers, app tokens and keys of "
            "everybody in the directory. Print folders hold addresses: they are for the print "
            "house alone."
        ),
        "P5": _clocks(verdict),
        "P6": (
            "Every fact is bound into a chain whose links are signed by a key outside of the "
            "database. All of it was computed anew, and every figure was counted anew from it."
        ),
    }
    return tuple(
        Shown(
            TITLES[name],
            text,
            tuple(check.text for check in verdict.checks if check.promise == name),
            tuple(p for check in verdict.checks if check.promise == name for p in check.problems),
        )
        for name, text in texts.items()
    )


def _nobody_forgotten(verdict: Verdict) -> str:
    total = verdict.total
    return (
        f"{total('in_scope'):,} people in scope, counted by the directory, are "
        f"{total('reached'):,} reached, {total('announced'):,} told by the announcement, "
        f"{total('unreachable'):,} who cannot be reached and {total('excluded'):,} of whom nothing "
        f"was held. {total('open'):,} are open. A person counts once for each incident."
    )


def _nobody_twice(verdict: Verdict) -> str:
    accepted = Counter(m.message_id for m in verdict.received if m.accepted)
    cut = {m.message_id for m in verdict.received if not m.accepted}
    again = sum(verdict.papers.retried.values())
    return (
        f"The relay accepted {accepted.total():,} messages; {len(accepted):,} of them differ. It "
        f"took {len(cut):,} more in full and cut the connection instead of answering: those were "
        f"sent again byte for byte, and accepted then. {again:,} hand-overs had to be repeated in "
        "all, after a refusal for the time being, a full mailbox or a lost connection. People at "
        "one address with the same text share one message. "
        f"{len(verdict.handed_over.texts):,} text messages, {len(verdict.handed_over.pushes):,} "
        f"pushes and {verdict.handed_over.letters_in_all:,} letters went to those whom e-mail did "
        "not reach, or must not; no notice was handed over twice."
    )


def _clocks(verdict: Verdict) -> str:
    found = Counter(
        duty.clock for case in verdict.files.values() for duty in case.duties if duty.clock
    )
    return (
        f"{found.total():,} duties have a clock: the law's own, or the operator's target where the "
        f"law gives no number. {found[ClockState.MET]:,} are met and {found[ClockState.LATE]:,} "
        f"late. {verdict.papers.reports:,} reports were filed; an early one waits for no count, "
        "and each full one states what became of everybody."
    )

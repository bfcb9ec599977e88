"""Freezing: a round's audience is complete, and what speaks against it is said."""

from collections.abc import Sequence

from tocsin.schemas.commit import Commit, Fact, FactKind, FreezeRound, Write
from tocsin.schemas.event import Event, PlanningDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.suppression import Suppressions
from tocsin.services.tally import Tally


def frozen(
    event: Event,
    round_id: str,
    tally: Tally,
    *,
    in_scope: int,
    root: str,
    suppressions: Suppressions,
    besides: Sequence[Write] = (),
) -> Commit:
    """Return the last Commit of a resolution: cohorts, counts and root, and its planning.

    `in_scope` is how many people there should be, counted another way than by their rows; `root`
    is the audience root over the rows that stand.
    """
    cohorts = [
        Fact(FactKind.COHORT, f"{round_id}#{c.id}", tally.cohort_body(c), round_id)
        for c in tally.cohorts
    ]
    planning = Event(
        id=child_id(event.id, "planning.due", 0),
        incident=event.incident,
        round=round_id,
        payload=PlanningDue(round=round_id),
    )
    return Commit(
        writes=[
            *cohorts,
            FreezeRound(round_id, in_scope, root, tally.counts()),
            *_disagreement(round_id, in_scope, tally.people.persons),
            *_by_lists(round_id, tally, suppressions),
            *besides,
        ],
        events=[planning],
        done=True,
    )


def _disagreement(round_id: str, in_scope: int, found: int) -> list[Fact]:
    """Alarm when the count is not the rows: such a round's equation never holds, nor can it close.

    People came or left while it was read, or the directory's count and query do not mean the same.
    """
    if in_scope == found:
        return []
    text = (
        f"{round_id}: the directory counted {in_scope:,} people in scope and named {found:,}; "
        "revise the incident, so that they are read anew"
    )
    return [Fact(FactKind.ALARM, f"counts:{round_id}", {"text": text}, round_id)]


def _by_lists(round_id: str, tally: Tally, suppressions: Suppressions) -> list[Fact]:
    """Return what the lists changed: each that was overridden, and that they became others."""
    told = tally.counts().by_overridden_list
    facts = [
        Fact(
            FactKind.DECISION,
            f"override:{round_id}:{name}",
            {
                "decision": "tell people in spite of a suppression list",
                "list": name,
                "reason": reason,
                "people": told.get(name, 0),
            },
            round_id,
        )
        for name, reason in sorted(suppressions.overrides.items())
    ]
    if tally.lists_changed:
        text = (
            f"{round_id}: the suppression lists changed while people were read; those read before "
            "are barred as the lists were, and nobody is written to whom they name at sending time"
        )
        facts.append(Fact(FactKind.ALARM, f"lists:{round_id}", {"text": text}, round_id))
    return facts

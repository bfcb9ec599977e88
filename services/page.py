"""A page of judged people becomes rows: every obligation gets its lane and its number."""

from collections.abc import Mapping

from tocsin.schemas.audience import (
    SHARED_LANE,
    ObligationRow,
    PersonRow,
    RosterRow,
)
from tocsin.schemas.commit import Obligations, Persons, Roster
from tocsin.services.judge import JudgedPage
from tocsin.services.tally import Tally

Place = tuple[str, int]
"""Lane and seq."""


class Page:
    """The rows of one page; they go on where the tally stands, and are counted there."""

    def __init__(self, judged: JudgedPage, tally: Tally, *, holders: Mapping[bytes, Place]) -> None:
        """Number a page; `holders` are those who were first at an address that somebody has here.

        The second at an address shares the notice of the first.
        """
        self.persons: list[PersonRow] = []
        self.obligations: list[ObligationRow] = []
        self.roster: list[RosterRow] = []
        self.addresses: list[tuple[bytes, str, int]] = []
        seen, seqs = dict(holders), tally.seqs
        tally.meet(judged.cohorts)
        recipients = [cohort.recipient.value for cohort in tally.cohorts]
        for number, (key, pseudonym, residence, regimes, all_owed) in enumerate(
            judged.people, start=tally.people.persons
        ):
            self.persons.append(PersonRow(number, pseudonym, residence, regimes, len(all_owed)))
            for cohort, judged_lane, obstacle, digest, barred, text_at_address in all_owed:
                lane, covered_by = judged_lane, ""
                seq = seqs[lane]
                if not obstacle:
                    here = lane, seq
                    first = seen.setdefault(text_at_address, here)
                    if first == here:
                        self.addresses.append((text_at_address, lane, seq))
                    else:
                        lane, covered_by = SHARED_LANE, f"{first[0]}/{first[1]}"
                        seq = seqs[lane]
                seqs[lane] = seq + 1
                to = recipients[cohort]
                self.obligations.append(
                    ObligationRow(
                        lane, seq, number, to, cohort, digest, obstacle, covered_by, barred
                    )
                )
                if key is not None:
                    self.roster.append(RosterRow(lane, seq, key))
        tally.people.add(judged.counts)
        tally.count_obligations(self.obligations)
        if self.roster:
            tally.last = self.roster[-1].lane, self.roster[-1].seq

    def writes(self, round_id: str) -> list[Roster | Persons | Obligations]:
        """Return the rows as writes: keys that nobody is told by are none."""
        roster = [Roster(round_id, self.roster, self.addresses)] if self.roster else []
        return [*roster, Persons(round_id, self.persons), Obligations(round_id, self.obligations)]

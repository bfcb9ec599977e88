"""Conditions and deadlines in words: what a reader of `tocsin regime show` is told."""

from typing import Any

import pytest
from tocsin.regimes.deadlines import deadlines
from tocsin.regimes.load import load_regimes
from tocsin.rules.condition_words import condition_lines, deadline_lines, term_words
from tocsin.schemas.regime import Deadline, Unit


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"all": []}, ["always"]),
        ({"any": []}, ["never"]),
        ({"not": {"any": []}}, ["always"]),
        ({"at_least": ["facts.persons", 1001]}, ["facts.persons is 1,001 or more"]),
        ({"not": {"at_least": ["facts.persons", 1001]}}, ["facts.persons is below 1,001"]),
        ({"not": {"is": ["facts.encrypted", True]}}, ["facts.encrypted is not true"]),
        ({"at_least": ["risk.level", "high"]}, ["risk.level is high or graver"]),
        ({"not": {"known": "facts.sectors"}}, ["facts.sectors is not known"]),
        ({"has_any": ["facts.sectors", ["bank"]]}, ["facts.sectors holds one or more of bank"]),
        (
            {"not": {"all": [{"known": "facts.aware"}, {"is": ["facts.small", True]}]}},
            [
                "one or more of these hold:",
                "- facts.aware is not known",
                "- facts.small is not true",
            ],
        ),
        (
            {"not": {"at_least_n": [2, [{"known": "facts.aware"}, {"known": "facts.ended"}]]}},
            ["fewer than 2 of these hold:", "- facts.aware is known", "- facts.ended is known"],
        ),
    ],
)
def test_a_condition_reads_as_what_it_asks(tree: dict[str, Any], said: list[str]) -> None:
    assert condition_lines(tree) == said


def test_a_deadline_reads_as_its_number_and_its_start() -> None:
    told = Deadline(value=1, unit=Unit.MONTHS, after="report:nis2", wording="x")

    assert term_words(told) == "1 month from the filing of nis2"
    assert term_words(Deadline(wording="promptly")) == "no number, from awareness on"


def test_every_rule_of_the_pack_can_be_read() -> None:
    for regime in load_regimes():
        for rule in (*regime.reports, regime.individuals, regime.public, *regime.others):
            assert all(condition_lines(rule.when))
        for _, deadline in deadlines(regime):
            assert all(deadline_lines(deadline))

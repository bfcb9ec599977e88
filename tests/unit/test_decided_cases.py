"""Cases that the law decides, written by hand from the law: `tests/decided/*.yaml`.

They were not derived from the files of the rule pack, so that an error there shows here. A case
that states no awareness became known at `AWARE`; what it leaves out of the facts is unknown.
"""

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.assessing import assessment

FOLDER = Path(__file__).resolve().parents[1] / "decided"
AREAS = (
    "africa-middle-east",
    "americas",
    "asia-pacific",
    "china",
    "europe",
    "us-federal",
    "us-states",
)
AWARE = "2026-03-02T10:00:00+00:00"
ENOUGH = 120
OF_THE_FILE = ("orders", "announcement", "announcement_limit")
"""What else of an incident file a case may state, beside its facts and kinds of data."""


class Case(NamedTuple):
    """One case, and where it stands."""

    area: str
    number: int
    stated: dict[str, Any]


def cases() -> list[Case]:
    return [
        Case(area, number, stated)
        for area in AREAS
        for number, stated in enumerate(
            yaml.safe_load((FOLDER / f"{area}.yaml").read_text("utf-8")), start=1
        )
    ]


CASES = cases()


def name_of(case: Case) -> str:
    return f"{case.area} {case.number} {case.stated['regime']} {case.stated['source']}"


@cache
def regimes() -> tuple[Any, ...]:
    return tuple(load_regimes())


def assessed(stated: dict[str, Any]) -> dict[str, Any]:
    document: Any = {
        "title": "A break-in",
        "organisation": "acme",
        "narratives": {"what_happened": {"en": "Someone copied the table."}},
        "data_kinds": stated["data_kinds"],
        "scope": {"everyone": True},
        "facts": {"aware": AWARE, **stated.get("facts", {})},
        **{name: stated[name] for name in OF_THE_FILE if name in stated},
    }
    asked = [regime for regime in regimes() if regime.id == stated["regime"]]
    assert asked, f"there is no regime {stated['regime']}"
    made = assessment(parse_incident(document), asked)["regimes"]
    standing: dict[str, Any] = next((r for r in made if r["applies"] is not False), made[0])
    return standing


def of_whom(found: dict[str, Any], words: str) -> dict[str, Any]:
    """Return the first of the other recipients with one of some words in its rule or name."""
    named = [(f"{o.get('rule', '')} {o['who']}".lower(), o) for o in found["others"]]
    matching = [o for text, o in named if any(word in text for word in words.lower().split("|"))]
    return next(iter(matching), {"required": False, "due": None})


def answer(found: dict[str, Any], what: str) -> bool | str | None:
    """Return what a regime answers; a report that is not named is not owed."""
    kind, _, part = what.partition(".")
    if what == "applies":
        return bool(found["applies"]) if found["applies"] is not None else None
    if what == "public.mode":
        mode: str | None = found["public"]["mode"]
        return mode
    if part:
        owed: bool | None = {r["phase"]: r["required"] for r in found[kind]["reports"]}.get(
            part, False
        )
        return owed
    required: bool | None = found[kind]["required"]
    return required


def due(found: dict[str, Any], what: str) -> str | None:
    """Return when something is due; for `authority` the first of all its reports."""
    kind, _, part = what.partition(".")
    if kind == "other":
        return found_due(of_whom(found, part))
    if kind != "authority":
        return found_due(found[kind])
    reports = [r for r in found["authority"]["reports"] if part in ("", r["phase"])]
    return min(filter(None, map(found_due, reports)), default=None)


def found_due(owed: dict[str, Any]) -> str | None:
    """Return when something is due in UTC, so that one moment has one text."""
    if owed["due"] is None:
        return None
    at = datetime.fromisoformat(owed["due"]).astimezone(UTC)
    return at.isoformat().replace("+00:00", "Z")


def answers(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return what a regime answers to everything that a case expects, in the same shape."""
    given: dict[str, Any] = {}
    for what, value in expected.items():
        if what == "other":
            given[what] = {words: of_whom(found, words)["required"] for words in value}
        elif what == "due":
            given[what] = {name: due(found, name) for name in value}
        elif what == "due.some":
            times = set(filter(None, map(found_due, found["authority"]["reports"])))
            given[what] = value if value in times else sorted(times)
        else:
            given[what] = answer(found, what)
    return given


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_law_decides(case: Case) -> None:
    found = assessed(case.stated)

    assert answers(found, case.stated["expect"]) == case.stated["expect"], found


def test_there_are_enough_cases_each_with_its_source_and_an_expectation() -> None:
    assert len(CASES) >= ENOUGH
    assert [name_of(c) for c in CASES if not c.stated["source"].strip()] == []
    assert [name_of(c) for c in CASES if not c.stated["expect"]] == []


def test_every_file_is_read() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(AREAS)


def test_no_case_stands_twice() -> None:
    written = Counter(str({**c.stated, "source": ""}) for c in CASES)
    assert [text for text, times in written.items() if times > 1] == []


def test_a_case_says_nothing_that_nobody_reads() -> None:
    known = {"source", "regime", "facts", "data_kinds", "expect", *OF_THE_FILE}
    assert set(chain.from_iterable(c.stated for c in CASES)) <= known

"""Writes docs/hhs-breaches.md and .csv: what HIPAA asks in each breach of the portal's file.

PYTHONPATH=tests .venv/bin/python -m golden.hhs_breaches FILE
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from golden.hhs_rows import (
    ASSOCIATE,
    FILE,
    SECTORS,
    Outcome,
    Row,
    hipaa,
    incident_of,
    outcome_of,
    read_rows,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROSE = Path(__file__).with_name("hhs-breaches.md.txt")
PAGE, TABLE = DOCS / "hhs-breaches.md", DOCS / "hhs-breaches.csv"
ASTRAY = 429
"""The row whose state is not the one in the name of its entity, which stays out of the page."""
Judged = tuple[Row, Outcome]

COUNTED: Mapping[str, Callable[[Outcome], bool]] = {
    "breaches": lambda _: True,
    "Secretary now": lambda o: o.hhs == "now",
    "annual log": lambda o: o.hhs == "annual",
    "covered entity told": lambda o: o.covered_entity is True,
    "individuals told": lambda o: o.individuals is True,
    "media owed": lambda o: o.media is True,
    "media not owed": lambda o: o.media is False,
    "media undecided": lambda o: o.media is None,
    "substitute undecided": lambda o: o.substitute is None,
}
SIZES: Mapping[str, range] = {
    "below 500": range(500),
    "500": range(500, 501),
    "501": range(501, 502),
    "502 to 999": range(502, 1000),
    "1,000 to 9,999": range(1000, 10_000),
    "10,000 to 99,999": range(10_000, 100_000),
    "100,000 to 999,999": range(100_000, 1_000_000),
    "1,000,000 and more": range(1_000_000, 2**53),
}


def judged(rows: Iterable[Row]) -> tuple[Judged, ...]:
    """Return each row with what HIPAA asks in it."""
    regime = hipaa()
    return tuple((row, outcome_of(incident_of(row), regime)) for row in rows)


def table(found: Iterable[Judged]) -> str:
    """Return the CSV: a line for each breach, no names."""
    head = "row,entity_type,state,individuals,type,hhs_report,individuals_notice,media,reason"
    lines = (
        f"{row.n},{row.entity},{row.state},{row.individuals},{row.type},{o.hhs},"
        f"{_word(o.individuals)},{_word(o.media)},{o.reason}"
        for row, o in found
    )
    return "\n".join([head, *lines]) + "\n"


def _word(owed: bool | None) -> str:
    return "null" if owed is None else str(owed).lower()


def _size(row: Row) -> str:
    return next(name for name, numbers in SIZES.items() if row.individuals in numbers)


def _summary(
    title: str, classes: Iterable[str], of: Callable[[Row], str], found: Sequence[Judged]
) -> str:
    groups = {name: [o for row, o in found if of(row) == name] for name in classes}
    groups["all"] = [o for _, o in found]
    lines = [
        "| ".join([f"| {name} ", *(f"{sum(map(test, group)):,} " for test in COUNTED.values())])
        for name, group in groups.items()
    ]
    head = f"| {title} | {' | '.join(COUNTED)} |\n|---{'|---:' * len(COUNTED)}|\n"
    return head + "".join(f"{line}|\n" for line in lines)


def page(found: Sequence[Judged]) -> str:
    """Return the Markdown page: three summaries, what they show, and what is odd in the file."""
    types = [name for name, _ in Counter(row.type for row, _ in found).most_common()]
    return PROSE.read_text("utf-8").format(
        file=(Path("..", "shared", "data") / FILE).as_posix(),
        by_entity=_summary("entity", SECTORS, lambda row: row.entity, found),
        by_size=_summary("individuals", SIZES, _size, found),
        by_type=_summary("type of breach", types, lambda row: row.type, found),
        **_figures(found),
    )


def _figures(found: Sequence[Judged]) -> dict[str, str]:
    rows = [row for row, _ in found]
    covered = [row for row in rows if row.entity != ASSOCIATE]
    people = sum(row.individuals for row in rows)
    of_associates = people - sum(row.individuals for row in covered)
    sizes = Counter(row.individuals for row in rows)
    alike = Counter(row[1:] for row in rows)
    numbers = {
        "rows": len(rows),
        "covered": len(covered),
        "associates": len(rows) - len(covered),
        "percent": of_associates * 100 // people,
        "people": people,
        "at_500": sizes[500],
        "at_501": sizes[501],
        "next": max(n for size, n in sizes.items() if size not in {500, 501}),
        "covered_at_500": sum(row.individuals == 500 for row in covered),
        "undecided": sum(o.media is None for _, o in found),
        "not_owed": sum(o.media is False and o.hhs != "no" for _, o in found),
        "substitute": sum(o.substitute is None for _, o in found),
        "below": sum(row.individuals < 500 for row in rows),
        "no_state": sum(not row.state for row in rows),
        "astray": ASTRAY,
        "at_home": sum(_at_home(row) for row in covered),
        "present": sum(row.associate_present for row in covered),
        "alone": sum(row.entity == ASSOCIATE and not row.associate_present for row in rows),
        "places": sum(len(row.locations) > 1 for row in rows),
        "cause": sum(row.type == "Improper Disposal" for row in rows),
        "alike": sum(n for n in alike.values() if n > 1),
    }
    return {name: f"{number:,}" for name, number in numbers.items()}


def _at_home(row: Row) -> bool:
    """Whether the media would be owed if everybody lived in the state of the entity."""
    if not row.state:
        return False
    persons = {"by_residence": {f"US-{row.state}": row.individuals}}
    return outcome_of(incident_of(row, persons=persons), hipaa()).media is True


def main(file: Path) -> None:
    """Write the page and the table."""
    found = judged(read_rows(file))
    PAGE.write_text(page(found), "utf-8")
    TABLE.write_text(table(found), "utf-8")
    print(f"{PAGE.name}, {TABLE.name}: {len(found)} breaches")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

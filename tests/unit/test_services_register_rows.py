"""The register as a table: what a reader of CSV gets is what was written, and nothing computes."""

import csv
import io

import pytest
from tocsin.schemas.register import Register, RegisterEntry
from tocsin.services.register_rows import COLUMNS, as_csv, rows

from fakes.registers import EARLY, OPENED, decided, entry, mild, recorded


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def of(*entries: RegisterEntry) -> Register:
    return Register(as_of=OPENED, zone="Europe/Berlin", incidents=entries)


def test_a_reader_gets_back_every_cell_that_was_written() -> None:
    made = entry(recorded(mild(), **decided(recorded(mild()), EARLY)))
    awkward = made.model_copy(
        update={"title": 'A "list", sent\r\nto others; 错发', "over_reason": " spaces "}
    )
    register = of(made, awkward)
    head, *found = read(as_csv(register))
    assert head == list(COLUMNS)
    assert [tuple(row) for row in found] == list(rows(register))
    assert {row[head.index("title")] for row in found} == {made.title, awkward.title}
    assert b"\n" not in as_csv(of(made)).replace(b"\r\n", b"")


def test_every_duty_has_a_row_and_an_incident_without_one_too() -> None:
    judged = entry(recorded(mild()))
    unjudged = judged.model_copy(update={"regimes": ()})
    head, *found = read(as_csv(of(judged, unjudged)))
    count = sum(len(regime.duties) for regime in judged.regimes)
    assert len(found) == count + 1
    assert [row[head.index("duty")] for row in found].count("") == 1


def test_the_approver_and_the_review_stand_in_the_row_of_their_duty() -> None:
    made = entry(recorded(mild(), **decided(recorded(mild()), EARLY)))
    head, *found = read(as_csv(of(made)))
    (row,) = (
        dict(zip(head, each, strict=True)) for each in found if each[head.index("duty")] == EARLY
    )
    assert row["owed"] == "not_required"
    assert (row["decision"], row["approved_by"]) == ("approved", "ada")
    assert row["review_on"] == "2027-05-25"
    assert row["approved_at"] == "2026-11-25T23:30:00Z"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(start: str) -> None:
    title = f'{start}HYPERLINK("https://evil.example","x")'
    made = entry(recorded(mild())).model_copy(update={"title": title})
    head, *found = read(as_csv(of(made)))
    assert {row[head.index("title")] for row in found} == {f"'{title}"}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in found for cell in row)


def test_the_columns_that_others_read_stay_in_their_places() -> None:
    assert COLUMNS[:3] == ("incident", "title", "organisation")
    assert len(set(COLUMNS)) == len(COLUMNS) == 68

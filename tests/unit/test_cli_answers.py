"""How answers look: literal text, exact numbers, one JSON document."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from tocsin.cli.equation import equation, equation_document
from tocsin.cli.pace import Pace
from tocsin.cli.plain import plain
from tocsin.cli.refusal import refusal_in, tell
from tocsin.cli.showing import line, show, table
from tocsin.runtimes.overview import IncidentStanding, RoundStanding, Standing
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.views import IncidentView, RoundView

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def round_of(*, in_scope: int | None = 10, state: str = "sending", **people: int) -> RoundStanding:
    view = RoundView("INC-1/r1", "INC-1", 1, "initial", state, NOW, in_scope, "", None)
    return RoundStanding(view, Coverage(in_scope or 0, **people), {})


def standing_of(round_: RoundStanding) -> Standing:
    view = IncidentView("INC-1", "t", "example", False, "open", "rosa", 1, NOW)
    return Standing((IncidentStanding(view, (round_,)),), (), ())


def printed(*parts: object) -> str:
    out = Console(markup=False, emoji=False, highlight=False, width=200, record=True, quiet=True)
    with out.capture() as said:
        out.quiet = False
        for part in parts:
            out.print(part)
    return said.get()


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=40))
def test_no_text_of_a_person_can_steer_the_terminal(text: str) -> None:
    shown = printed(line(text), table(["title"], [(text,)]))
    assert not [c for c in shown if not c.isprintable() and c != "\n"]


def test_markup_and_emoji_codes_stay_text() -> None:
    shown = printed(line("[red]a[/red] :warning:"), table(["[b]x"], [("[/] :x:",)]))
    assert "[red]a[/red] :warning:" in shown
    assert "[/] :x:" in shown


def test_an_escape_sequence_is_disarmed() -> None:
    assert plain("a\x1b[31mb\nc") == "a [31mb c"


def test_the_equation_is_told_in_full() -> None:
    told = equation(round_of(open=1, reached=5, announced=2, unreachable=1, excluded=1)).plain
    assert "10 in scope = 1 open + 5 reached + 2 announced + 1 unreachable + 1 excluded" in told
    assert told.endswith("ok")


def test_an_equation_that_does_not_hold_says_so() -> None:
    lost = round_of(open=9)
    assert "10 in scope is not 9 open" in equation(lost).plain
    assert equation_document(lost)["holds"] is False
    assert not standing_of(lost).sound


def test_before_people_are_counted_there_is_no_equation_to_break() -> None:
    early = round_of(in_scope=None, state="resolving", open=3)
    assert "not counted yet" in equation(early).plain
    assert equation_document(early)["holds"] is None
    assert standing_of(early).sound


def test_the_pace_is_that_of_the_last_ten_seconds() -> None:
    pace = Pace()
    assert pace.look(standing_of(round_of(in_scope=1000, open=1000)), 0.0) == (0.0, None)
    assert pace.look(standing_of(round_of(in_scope=1000, open=900, reached=100)), 1.0) == (100.0, 9)
    later = standing_of(round_of(in_scope=1000, open=900, reached=100))
    for second in range(2, 14):
        rate, left_s = pace.look(later, float(second))
    assert (rate, left_s) == (0.0, None)
    done = standing_of(round_of(in_scope=1000, reached=1000, state="closed"))
    assert pace.look(done, 14.0)[1] == 0


def test_a_refusal_within_a_group_of_errors_is_the_one_told() -> None:
    refusal = Conflict("too late", field="round", fix="start anew")
    group = BaseExceptionGroup("g", [ValueError("x"), ExceptionGroup("h", [refusal])])
    assert refusal_in(group) is refusal
    assert refusal_in(ValueError("x")) is None


def test_a_refusal_of_many_lines_keeps_them_apart(capsys: pytest.CaptureFixture[str]) -> None:
    told = tell(NotFound("first\n  second", field="facts.x", fix="do"), as_json=False)
    assert told == 4
    assert capsys.readouterr().err == "error: facts.x: first\n    second\n  fix: do\n"


def test_a_document_is_the_only_thing_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    show({"at": NOW, "names": frozenset("ba"), "简": 1}, line("text"), as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said == {"at": "2026-11-24T12:00:00+00:00", "names": ["a", "b"], "简": 1}

"""Results of print houses and call centres: checked whole, taken once, forged ones left out."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.returns.results_csv import Imported, import_results
from tocsin.returns.results_layout import CALL_CENTRE, PRINT_HOUSE, ResultsLayout
from tocsin.schemas.errors import InvalidInput, Unavailable
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.outcome import Reason

from fakes.recording_desk import RecordingDesk, code_of, forged

TODAY = date(2026, 3, 4)


def _write(folder: Path, lines: Sequence[str], *, encoding: str = "utf-8") -> Path:
    path = folder / "results.csv"
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


def _import(path: Path, layout: ResultsLayout, desk: RecordingDesk) -> Imported:
    return asyncio.run(import_results(path, layout, desk, today=TODAY))


def _import_or_refuse(
    path: Path, layout: ResultsLayout, desk: RecordingDesk
) -> Imported | InvalidInput:
    try:
        return _import(path, layout, desk)
    except InvalidInput as refused:
        return refused


def test_a_print_house_says_what_became_of_each_letter(tmp_path: Path) -> None:
    desk = RecordingDesk()
    lines = [
        "code,result,reason,date",
        f"{code_of(0)},delivered,,2026-03-01",
        f"{str(code_of(1)).upper()},Returned,moved,2026-03-02",
        f"{code_of(2)},undeliverable,,",
        f"{code_of(3)},posted,,2026-03-03",
    ]
    imported = _import(_write(tmp_path, lines), PRINT_HOUSE, desk)
    assert imported == Imported(lines=4, taken=3, silent=1, doubled=0, unknown=())
    assert set(desk.records) == {
        Receipt(code_of(0), Heard.DELIVERED, Reason.NONE, "print-house"),
        Receipt(code_of(1), Heard.FAILED, Reason.ADDRESS_CHANGED, "print-house"),
        Receipt(code_of(2), Heard.FAILED, Reason.NO_SUCH_MAILBOX, "print-house"),
    }


def test_a_call_centre_says_who_was_reached_and_who_confirmed(tmp_path: Path) -> None:
    desk = RecordingDesk()
    words = ("reached", "confirmed", "no answer", "wrong-number", "refused", "given_up")
    lines = ["code;result", *(f"{code_of(seq)};{said}" for seq, said in enumerate(words))]
    imported = _import(_write(tmp_path, lines), CALL_CENTRE, desk)
    assert imported == Imported(lines=6, taken=5, silent=1, doubled=0, unknown=())
    assert {(r.code.seq, r.heard, r.reason) for r in desk.records} == {
        (0, Heard.DELIVERED, Reason.NONE),
        (1, Heard.CONFIRMED, Reason.NONE),
        (3, Heard.FAILED, Reason.NO_SUCH_MAILBOX),
        (4, Heard.FAILED, Reason.MAILBOX_BARRED),
        (5, Heard.FAILED, Reason.RETRIES_EXHAUSTED),
    }


def test_a_house_may_have_names_words_and_days_of_its_own(tmp_path: Path) -> None:
    desk = RecordingDesk()
    layout = PRINT_HOUSE.named(
        "druck-nord",
        columns={"code": "Sendung", "result": "Ergebnis", "reason": "Grund", "date": "Tag"},
        words={"zurück an Absender": "returned", "verzogen": "moved"},
        dates="%d.%m.%Y",
    )
    lines = [
        "\ufeffOrt\tSendung\tErgebnis\tGrund\tTag",
        f"Köln\t{code_of(0)}\tZurück an  Absender\tVerzogen\t28.02.2026",
        f"Kiel\t{code_of(1)}\tdelivered\t\t",
    ]
    imported = _import(_write(tmp_path, lines), layout, desk)
    assert imported.taken == 2
    assert set(desk.records) == {
        Receipt(code_of(0), Heard.FAILED, Reason.ADDRESS_CHANGED, "druck-nord"),
        Receipt(code_of(1), Heard.DELIVERED, Reason.NONE, "druck-nord"),
    }


@pytest.mark.parametrize(
    ("encoding", "theirs"), [("cp1252", "zugestellt – ja"), ("gb18030", "已送达")]
)
def test_another_encoding_is_read_when_it_is_stated_and_never_guessed(
    tmp_path: Path, encoding: str, theirs: str
) -> None:
    path = _write(tmp_path, ["code,result", f"{code_of(0)},{theirs}"], encoding=encoding)
    desk = RecordingDesk()
    words = {theirs: "delivered"}
    with pytest.raises(InvalidInput, match="not text in utf-8"):
        _import(path, PRINT_HOUSE.named("house", words=words), desk)
    assert desk.records == {}
    assert (
        _import(path, PRINT_HOUSE.named("house", words=words, encoding=encoding), desk).taken == 1
    )
    with pytest.raises(InvalidInput, match="choose from: utf-8"):
        _import(path, PRINT_HOUSE.named("house", encoding="utf-16"), desk)


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        ("code,result", "{code},lost at sea", r"line 3, column 'result': not a known result - cho"),
        ("code,result", "{code},", r"line 3, column 'result': there is no value"),
        ("code,result", ",delivered", r"line 3, column 'code': there is no value"),
        ("code,result", "{code}", r"line 3 has 1 fields where the header has 2"),
        ("code,result", '{code},"delivered', r"line 3 breaks the rules of CSV"),
        ("code,result,reason", "{code},returned,why not", r"line 3, column 'reason': not a known"),
        (
            "code,result,date",
            "{code},delivered,1/2/26",
            r"line 3, column 'date': not a day .* as 2",
        ),
        ("code,result,date", "{code},delivered,2026-03-05", r"column 'date': .* not come yet"),
        ("code,outcome", "{code},delivered", r"no column 'result'"),
        ("code,result,Code", "{code},delivered,x", r"'code' stands twice"),
        (",", "{code},delivered", r"no header"),
    ],
)
def test_one_wrong_line_and_nothing_of_the_file_is_taken(
    tmp_path: Path, header: str, line: str, said: str
) -> None:
    desk = RecordingDesk()
    good = f"{code_of(1)},delivered" + "," * (header.count(",") - 1)
    lines = [header, good, line.format(code=code_of(0))]
    with pytest.raises(InvalidInput, match=said) as refused:
        _import(_write(tmp_path, lines), PRINT_HOUSE, desk)
    assert desk.records == {}
    assert refused.value.fix
    assert "lost at sea" not in str(refused.value)


def test_forged_and_unknown_codes_are_listed_and_change_nothing(tmp_path: Path) -> None:
    desk = RecordingDesk()
    lines = [
        "code,result",
        f"{forged(0)},delivered",
        f"{code_of(1)},delivered",
        f"{code_of(2, round_id='INC-7K2QX/r9')},returned",
        "somebody@example.test,delivered",
        f"{forged(3)},posted",
    ]
    imported = _import(_write(tmp_path, lines), PRINT_HOUSE, desk)
    assert imported == Imported(lines=5, taken=1, silent=0, doubled=0, unknown=(2, 4, 5, 6))
    assert [receipt.code for receipt in desk.records] == [code_of(1)]


def test_a_doubled_line_is_one_and_a_later_result_another(tmp_path: Path) -> None:
    desk = RecordingDesk()
    lines = [
        "code,result",
        f"{code_of(0)},returned",
        f"{code_of(0)},returned",
        f"{str(code_of(0)).upper()},undeliverable",
        f"{code_of(0)},delivered",
    ]
    imported = _import(_write(tmp_path, lines), PRINT_HOUSE, desk)
    assert imported == Imported(lines=4, taken=2, silent=0, doubled=2, unknown=())
    assert list(desk.records.values()) == [1, 1]


def test_a_large_file_is_taken_a_thousand_lines_at_a_time(tmp_path: Path) -> None:
    desk = RecordingDesk()
    lines = ["code,result", *(f"{code_of(seq)},delivered" for seq in range(2500))]
    assert _import(_write(tmp_path, lines), PRINT_HOUSE, desk).taken == 2500
    assert desk.writes == [1000, 1000, 500]


def test_while_nothing_can_be_put_on_record_the_import_fails_and_may_be_repeated(
    tmp_path: Path,
) -> None:
    desk = RecordingDesk(away=True)
    path = _write(tmp_path, ["code,result", f"{code_of(0)},delivered"])
    with pytest.raises(Unavailable):
        _import(path, PRINT_HOUSE, desk)
    desk.away = False
    assert _import(path, PRINT_HOUSE, desk).taken == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no file 'none\.csv'"):
        _import(tmp_path / "none.csv", PRINT_HOUSE, RecordingDesk())


def test_a_layout_that_cannot_be_meant_names_the_field() -> None:
    for fields, field in (
        ({"source": "A House"}, "results.source"),
        ({"source": "house", "columns": {"date of birth": "x"}}, "results.columns"),
        ({"source": "house", "words": {"zugestellt": "arrived"}}, "results.words"),
    ):
        with pytest.raises(InvalidInput) as refused:
            PRINT_HOUSE.named(**fields)
        assert refused.value.field == field


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [b"code,result\n", b"code;result;date\n", b"delivered", b",", b";", b"\n", b'"']
            ),
            st.just(str(code_of(0)).encode()),
            st.binary(max_size=20),
        ),
        max_size=30,
    ),
    st.sampled_from(["utf-8", "cp1252", "gb18030"]),
)
def test_any_bytes_are_read_or_refused_with_what_to_do(pieces: list[bytes], encoding: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        path.write_bytes(b"".join(pieces))
        desk = RecordingDesk()
        layout = PRINT_HOUSE.named("house", encoding=encoding)
        became = _import_or_refuse(path, layout, desk)
        if isinstance(became, InvalidInput):
            assert became.fix and became.field
            assert desk.records == {}
        else:
            parts = became.taken + became.silent + became.doubled + len(became.unknown)
            assert became.lines == parts

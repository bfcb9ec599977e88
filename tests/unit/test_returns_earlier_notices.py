"""People who were told before: every line is checked, and nobody is taken in twice."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from tocsin.returns.earlier_notices import earlier_notices
from tocsin.schemas.channels import Channel
from tocsin.schemas.earlier import EarlierNotice
from tocsin.schemas.errors import InvalidInput

TODAY = date(2026, 3, 4)


def _write(folder: Path, lines: Sequence[str], *, encoding: str = "utf-8") -> Path:
    path = folder / "earlier.csv"
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


def test_rows_say_who_was_told_how_and_when_and_what_shows_it(tmp_path: Path) -> None:
    lines = [
        "key;channel;told_on;evidence",
        "k1;letter;2026-03-01;campaign 7, batch 2026-03-01",
        "k1;letter;2026-03-01;campaign 7, batch 2026-03-01",
        'k1;Email;2026-03-02;"minutes of the crisis team; page 3"',
        "k2;Call list;2026-03-04;register 12",
    ]
    assert list(earlier_notices(_write(tmp_path, lines), today=TODAY)) == [
        EarlierNotice("k1", Channel.LETTER, date(2026, 3, 1), "campaign 7, batch 2026-03-01"),
        EarlierNotice("k1", Channel.EMAIL, date(2026, 3, 2), "minutes of the crisis team; page 3"),
        EarlierNotice("k2", Channel.CALL_LIST, date(2026, 3, 4), "register 12"),
    ]


def test_columns_days_and_encoding_may_be_stated(tmp_path: Path) -> None:
    columns = {"key": "编号", "channel": "方式", "told_on": "日期", "evidence": "凭证"}
    path = _write(tmp_path, ["编号,方式,日期,凭证", "1,sms,2026/3/1,台账三"], encoding="gb18030")
    found = earlier_notices(
        path, today=TODAY, columns=columns, encoding="gb18030", dates="%Y/%m/%d"
    )
    assert list(found) == [EarlierNotice("1", Channel.SMS, date(2026, 3, 1), "台账三")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",letter,2026-03-01,x", "column 'key': there is no value"),
        ("k" * 201 + ",letter,2026-03-01,x", "column 'key': not a key"),
        ("k,pigeon,2026-03-01,x", "column 'channel': not a channel - choose from: email"),
        ("k,none,2026-03-01,x", "column 'channel': not a channel"),
        ("k,letter,,x", "column 'told_on': there is no value"),
        ("k,letter,01.03.2026,x", "column 'told_on': not a day - write it as 2026-03-04"),
        ("k,letter,2026-03-05,x", "column 'told_on': a day that has not come yet"),
        ("k,letter,2026-03-01,", "column 'evidence': there is no value"),
        ("k,letter,2026-03-01," + "x" * 201, "column 'evidence': too long"),
        ('k,letter,2026-03-01,"x\ny"', "column 'evidence': too long, or not one line"),
        ("k,letter,2026-03-01,mail to a@example.test", "'evidence': this looks like a contact"),
        ("k,call,2026-03-01,rang +1 202-555-0100", "'evidence': this looks like a contact"),
        ("k,letter,2026-03-01", "has 3 fields where the header has 4"),
    ],
)
def test_one_wrong_line_is_named_before_any_row_is_given(
    tmp_path: Path, line: str, said: str
) -> None:
    lines = ["key,channel,told_on,evidence", "good,letter,2026-03-01,register 1", line]
    with pytest.raises(InvalidInput, match=said) as refused:
        earlier_notices(_write(tmp_path, lines), today=TODAY)
    assert "line 3" in str(refused.value) and "555" not in str(refused.value)


def test_a_row_shows_nobody_in_its_repr() -> None:
    notice = EarlierNotice("k1", Channel.LETTER, TODAY, "register 1")
    assert repr(notice) == "EarlierNotice(***)"

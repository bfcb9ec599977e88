"""Call lists: who is on them, once, in cells that are no formulas, after a crash too."""

import asyncio
import csv
import signal
import stat
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from tocsin.notifiers.call_list import CallList
from tocsin.notifiers.sent import Sent
from tocsin.rendering.channel_texts import channel_text
from tocsin.rendering.splicing import splice
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused
from tocsin.schemas.spreadsheets import guarded

from fakes.push_messages import call_list_settings, noticed, return_code, telephone
from fakes.relays import SENDER, collect, lease_of, run
from golden.sample import cohort, context

LIST = "INC-7K2QX-r1.example.000000000.rung0.csv"


def _to(seq: int, **fields: Any) -> Message:
    return noticed(seq, telephone(seq), **fields)


async def _send(folder: Path, messages: list[Message], **fields: Any) -> dict[int, Sent]:
    async with CallList(call_list_settings(folder, **fields)) as calls:
        return await collect(calls.send(messages, lease_of(), sender=SENDER))


def _rows(folder: Path) -> list[dict[str, str]]:
    found = []
    for path in sorted(folder.glob("INC-*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += list(csv.DictReader(file))
    return found


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_what_is_rendered_for_a_call_centre_is_listed_with_its_script(
    tmp_path: Path, locale: str
) -> None:
    rendered = channel_text(Channel.CALL_LIST, cohort(locale=locale), context())
    values = {"reference": "REF00-AAAAA", "code": str(return_code(0))}
    message = _to(0)._replace(pieces=(splice(rendered.content, values),))

    async def main() -> None:
        sent = await _send(tmp_path, [message])
        assert sent[0].outcome == Accepted()

    run(main())
    (row,) = _rows(tmp_path)
    assert (row["code"], row["language"]) == (str(return_code(0)), locale)
    (script,) = (tmp_path / "scripts").glob("*.txt")
    said = script.read_text("utf-8")
    assert "{reference}" in said
    assert "REF00-AAAAA" not in said
    shown = rendered.text.splitlines()
    assert [line for line in said.splitlines() if line] == shown


@pytest.mark.parametrize("content", [b'{"script": []}', b'{"script": ["a", 1]}', b"[1]", b"{"])
def test_a_script_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    message = _to(0)._replace(pieces=(content,))

    async def main() -> None:
        sent = await _send(tmp_path, [message])
        assert sent[0].outcome == Refused(Reason.REFUSED_CONTENT)

    run(main())


def test_a_list_says_whom_to_call_and_which_script_to_read(tmp_path: Path) -> None:
    run_and = [_to(0, lang="de", priority="high"), _to(1)]

    async def main() -> None:
        sent = await _send(tmp_path, run_and)
        assert sent[0] == Sent("example", 0, Accepted(), "call_list")

    run(main())
    first, second = _rows(tmp_path)
    assert first == {
        "code": str(return_code(0)),
        "telephone": telephone(0),
        "language": "de",
        "script": first["script"],
        "reference": "REF00-AAAAA",
        "priority": "high",
    }
    assert second["priority"] == "normal"
    script = (tmp_path / "scripts" / f"{second['script']}.txt").read_text()
    assert script == (
        "Your data was copied\n\nSomeone copied your data.\n\nYour reference: {reference}\n"
    )
    assert (tmp_path / LIST).read_bytes().startswith(b"\xef\xbb\xbfcode,telephone,language,script,")
    assert (tmp_path / "results.csv").read_bytes() == b"\xef\xbb\xbfcode,result,date\r\n"


def test_everything_is_its_owners_alone_and_numbers_stand_in_lists_only(tmp_path: Path) -> None:
    folder = tmp_path / "calls"

    async def main() -> None:
        await _send(folder, [_to(seq) for seq in range(5)])

    run(main())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in files if b"+1202555" in path.read_bytes()] == [LIST]


def test_people_who_are_told_the_same_share_one_script(tmp_path: Path) -> None:
    async def main() -> None:
        await _send(tmp_path, [_to(seq) for seq in range(30)] + [_to(30, lang="de")])

    run(main())
    assert len(list((tmp_path / "scripts").iterdir())) == 2


def test_a_list_grows_and_a_long_lane_has_several(tmp_path: Path) -> None:
    async def main() -> None:
        await _send(tmp_path, [_to(seq) for seq in range(9)], people_per_list=10)
        await _send(tmp_path, [_to(seq) for seq in range(9, 25)], people_per_list=10)

    run(main())
    names = sorted(path.name.split(".")[2] for path in tmp_path.glob("INC-*.csv"))
    assert names == ["000000000", "000000010", "000000020"]
    assert [row["telephone"] for row in _rows(tmp_path)] == [telephone(seq) for seq in range(25)]


def test_nobody_is_listed_twice_even_after_their_list_was_taken_away(tmp_path: Path) -> None:
    async def main() -> None:
        await _send(tmp_path, [_to(seq) for seq in range(5)])
        (tmp_path / LIST).unlink()
        sent = await _send(tmp_path, [_to(seq) for seq in range(8)])
        assert {type(each.outcome) for each in sent.values()} == {Accepted}

    run(main())
    assert [row["telephone"] for row in _rows(tmp_path)] == [telephone(seq) for seq in (5, 6, 7)]


def test_a_crash_between_the_list_and_its_record_lists_nobody_twice(tmp_path: Path) -> None:
    async def main() -> None:
        await _send(tmp_path, [_to(seq) for seq in range(5)])
        for record in (tmp_path / ".written").iterdir():
            record.unlink()
        (tmp_path / f".{LIST}.unfinished").write_bytes(b"half a li")
        await _send(tmp_path, [_to(seq) for seq in range(6)])

    run(main())
    assert [row["telephone"] for row in _rows(tmp_path)] == [telephone(seq) for seq in range(6)]


_LISTING = """
import asyncio, sys
from pathlib import Path
from tocsin.notifiers.call_list import CallList
from fakes.push_messages import call_list_settings, noticed, telephone
from fakes.relays import SENDER, collect, lease_of

async def main():
    async with CallList(call_list_settings(Path(sys.argv[1]), flush=4)) as calls:
        everybody = [noticed(seq, telephone(seq)) for seq in range(400)]
        await collect(calls.send(everybody, lease_of(), sender=SENDER))

asyncio.run(main())
"""


@pytest.mark.parametrize("listed", [1, 60])
def test_a_kill_at_any_moment_leaves_whole_lists_and_the_rest_is_added(
    tmp_path: Path, listed: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LISTING, tmp_path], cwd=Path(__file__).resolve().parents[1]
    ) as listing:
        while listing.poll() is None and len(_rows(tmp_path)) < listed:
            time.sleep(0.001)
        listing.kill()
    assert listing.returncode == -signal.SIGKILL
    before = _rows(tmp_path)
    assert [row["telephone"] for row in before] == [telephone(seq) for seq in range(len(before))]

    async def main() -> None:
        await _send(tmp_path, [_to(seq) for seq in range(400)], flush=400)

    run(main())
    assert [row["telephone"] for row in _rows(tmp_path)] == [telephone(seq) for seq in range(400)]


def test_two_who_write_the_same_list_lose_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        halves = ([_to(seq) for seq in range(0, 80, 2)], [_to(seq) for seq in range(1, 80, 2)])
        await asyncio.gather(*(_send(tmp_path, half, flush=4) for half in halves))

    run(main())
    assert sorted(row["telephone"] for row in _rows(tmp_path)) == [
        telephone(seq) for seq in range(80)
    ]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (noticed(0, "2025550100"), Reason.MALFORMED_ADDRESS),
        (noticed(0, "+1 202 555 0100"), Reason.MALFORMED_ADDRESS),
        (noticed(0, "+12025550100+cmd|' /C calc'!A0"), Reason.MALFORMED_ADDRESS),
        (noticed(0, "=1+1"), Reason.MALFORMED_ADDRESS),
        (_to(0, code="=1+1"), Reason.REFUSED_CONTENT),
        (_to(0)._replace(pieces=(b"no JSON",)), Reason.REFUSED_CONTENT),
    ],
)
def test_what_is_no_number_or_no_notice_is_not_listed(
    tmp_path: Path, message: Message, reason: Reason
) -> None:
    async def main() -> None:
        sent = await _send(tmp_path, [message])
        assert sent[0].outcome == Refused(reason)
        assert _rows(tmp_path) == []

    run(main())


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])
def test_no_cell_acts_as_a_formula(tmp_path: Path, cell: str) -> None:
    assert guarded(cell) == f"'{cell}"

    async def main() -> None:
        await _send(tmp_path, [_to(0, priority=cell, reference=cell, lang=cell)])

    run(main())
    (row,) = _rows(tmp_path)
    assert (row["priority"], row["reference"], row["language"]) == (f"'{cell}", f"'{cell}", "")


def test_a_folder_that_cannot_be_written_puts_people_off(tmp_path: Path) -> None:
    async def main() -> None:
        async with CallList(call_list_settings(tmp_path)) as calls:
            (tmp_path / LIST).mkdir()  # in the way of the list
            sent = await collect(calls.send([_to(0)], lease_of(), sender=SENDER))
            assert sent[0].outcome == Deferred(Reason.RELAY_UNAVAILABLE)

    run(main())


def test_a_rounds_lists_go_with_the_round(tmp_path: Path) -> None:
    async def main() -> None:
        other = str(return_code(1, round_id="INC-7K2QX/r10"))
        async with CallList(call_list_settings(tmp_path)) as calls:
            messages = [_to(0), _to(1, code=other)]
            async with aclosing(calls.send(messages, lease_of(), sender=SENDER)) as flushes:
                async for _flush in flushes:
                    pass
            assert await calls.forget("INC-7K2QX/r1") == 2

    run(main())
    (row,) = _rows(tmp_path)
    assert row["telephone"] == telephone(1)


@pytest.mark.parametrize(("field", "value"), [("people_per_list", 0), ("flush", 0)])
def test_settings_that_cannot_work_name_the_field(tmp_path: Path, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        call_list_settings(tmp_path, **{field: value})
    assert refused.value.field == f"call_list.{field}"

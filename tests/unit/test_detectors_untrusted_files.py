"""Files that were not written in good faith: too large, endless, or made to explode."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tocsin.detectors.bounded_read import INCIDENT_LIMIT, read_bounded
from tocsin.detectors.document import parse_json, read_document
from tocsin.detectors.incident_file import read_incident
from tocsin.detectors.strict_yaml import parse_yaml
from tocsin.schemas.errors import InvalidInput, NotFound

ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


@contextmanager
def within(*, seconds: float, mebibytes: int) -> Iterator[None]:
    tracemalloc.start()
    started = time.perf_counter()
    try:
        yield
        took, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took < seconds
    assert peak < mebibytes << 20


def bytes_read() -> int:
    counters = dict(
        line.split(": ") for line in Path("/proc/self/io").read_text("ascii").splitlines()
    )
    return int(counters["rchar"])


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "incident.yaml"
    with path.open("wb") as file:
        file.truncate(10**9)
    before = bytes_read()
    with within(seconds=2, mebibytes=8), pytest.raises(InvalidInput, match="larger than 1,048,576"):
        read_incident(path)
    assert bytes_read() - before < INCIDENT_LIMIT


def test_an_endless_device_is_read_no_further_than_the_limit() -> None:
    before = bytes_read()
    with within(seconds=2, mebibytes=8), pytest.raises(InvalidInput, match="larger than"):
        read_incident(Path("/dev/zero"))
    assert bytes_read() - before < INCIDENT_LIMIT + (1 << 16)


def test_a_file_exactly_at_the_limit_is_read_and_a_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "incident.yaml"
    path.write_bytes(b"#" * 100)
    assert len(read_bounded(path, limit=100)) == 100
    with pytest.raises(InvalidInput):
        read_bounded(path, limit=99)


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with within(seconds=2, mebibytes=8), pytest.raises(InvalidInput, match="did not end"):
        read_bounded(path, patience_s=0.1)


def test_a_pipe_that_ends_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    ours = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, b"title: x\n")
    os.close(writer)
    try:
        assert read_bounded(path, patience_s=1) == b"title: x\n"
    finally:
        os.close(ours)


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        read_incident(tmp_path / "none.yaml")
    with pytest.raises(InvalidInput, match="is a directory"):
        read_incident(tmp_path)


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"\xef\xbb\xbf", b"~\n"])
def test_a_file_that_says_nothing_is_refused_as_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "incident.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="is empty"):
        read_incident(path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "incident.yaml"
    path.write_text("title: Angebot für\n", encoding="latin-1")
    with pytest.raises(InvalidInput, match=r"not UTF-8 text \(line 1\)"):
        read_document(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ALIASES, "aliases and anchors"),
        ("a: &a [*a]\n", "aliases and anchors"),
        ("&a b: 1\n", "aliases and anchors"),
        ("a: !!python/object/apply:os.system [id]\n", "tags"),
        ("a: !!binary AAAA\n", "tags"),
        ("- " * 400_000, "nested too deeply"),
        ("{a: " * 200_000, "nested too deeply"),
        ("[" * 1_000_000, "nest"),
        ("? " * 400_000, "must be plain text"),
        ("a: 1\n---\nb: 2\n", "second document"),
        ("a: \x00\n", "a character that no text file should hold"),
    ],
)
def test_yaml_that_is_made_to_harm_is_refused_at_once(text: str, reason: str) -> None:
    with within(seconds=2, mebibytes=64), pytest.raises(InvalidInput, match=reason):
        parse_yaml(text)


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 200_000])
def test_json_that_is_made_to_harm_is_refused_at_once(text: str) -> None:
    with within(seconds=2, mebibytes=64), pytest.raises(InvalidInput, match="nested too deeply"):
        parse_json(text)


def test_a_name_that_stands_twice_is_refused_with_its_lines() -> None:
    with pytest.raises(InvalidInput, match="in line 2 and in line 4") as caught:
        parse_yaml("facts:\n  aware: 1\n  ended: 2\n  aware: 3\n")
    assert caught.value.field == "facts.aware"
    with pytest.raises(InvalidInput, match="in line 2 and in line 3") as caught:
        parse_json('{"a": [{\n"b": 1,\n"b": 2}]}')
    assert caught.value.field == "a[0].b"


def test_the_same_name_in_two_blocks_is_no_repetition() -> None:
    assert parse_yaml("- {a: 1}\n- {a: 2}\n") == [{"a": 1}, {"a": 2}]


def test_words_that_old_yaml_takes_for_truth_stay_words() -> None:
    assert parse_yaml("[NO, on, off, y, yes]") == ["NO", "on", "off", "y", "yes"]
    assert parse_yaml("on: 2026-11-20\nno: x\n") == {"on": "2026-11-20", "no": "x"}
    assert parse_yaml("[true, False, null, ~, '']") == [True, False, None, None, ""]


def test_only_plain_whole_numbers_are_numbers() -> None:
    written = "[7, -7, 007, 1.10, 0x1F, 1_000, 12:30, 1e3, .inf, '7']"
    assert parse_yaml(written) == [
        *(7, -7, "007", "1.10", "0x1F", "1_000", "12:30", "1e3", ".inf", "7"),
    ]
    assert parse_json("[7, 1.10, 1e3]") == [7, "1.10", "1e3"]
    with pytest.raises(InvalidInput, match="line 2, column 4: a number is larger"):
        parse_yaml(f"a: 1\nb: {2**53}\n")
    with pytest.raises(InvalidInput):
        parse_json("9" * 5000)

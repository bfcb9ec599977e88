"""A file of codes: what is taken from it, and what is refused without quoting a code."""

import os
from pathlib import Path

import pytest
from tocsin.runtimes.code_file import read_code_file
from tocsin.schemas.errors import InvalidInput

KEY = b"k" * 32
FIELD = "code_pools.monitoring"


def written(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    path = folder / "codes.txt"
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


def refusal(path: Path) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        read_code_file(path, field=FIELD)
    assert refused.value.field == FIELD
    assert refused.value.fix
    return refused.value


def test_codes_stand_in_the_order_of_their_lines_and_blank_lines_and_space_do_not_count(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "\nAAAA-0001\r\n  \t\n  BBBB-0002  \nCCCC-0003")
    file = read_code_file(path, field=FIELD)
    assert [file.code(place) for place in range(len(file))] == [
        "AAAA-0001",
        "BBBB-0002",
        "CCCC-0003",
    ]
    assert repr(file) == "CodeFile(3)"


def test_an_empty_file_holds_no_code(tmp_path: Path) -> None:
    assert len(read_code_file(written(tmp_path, ""), field=FIELD)) == 0


@pytest.mark.parametrize(
    "line", ["aaaa-0001", "AAAA0", "A" * 41, "AAAA 0001", "ÄÄÄÄ-0001", "AAAA,0001", "AAAA_0001"]
)
def test_a_line_that_is_no_code_is_named_by_its_number_and_not_quoted(
    tmp_path: Path, line: str
) -> None:
    error = refusal(written(tmp_path, f"AAAA-0000\n\n{line}\n"))
    assert error.message == "line 3 of the file of codes is no code"
    assert line not in str(error)


def test_a_code_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "AAAA-0001\n\nBBBB-0002\n AAAA-0001\n"))
    assert error.message == "lines 1 and 4 of the file hold the same code"
    assert "AAAA" not in str(error)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    error = refusal(written(tmp_path, "AAAA-0001\n", mode=mode))
    assert error.message == "others may read or change the file of codes"
    assert error.fix == "chmod 600 codes.txt"


def test_what_is_no_regular_file_is_refused_and_a_pipe_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    assert "not in a regular file" in refusal(tmp_path / "pipe").message
    assert "cannot be read" in refusal(tmp_path / "nowhere").message
    assert "not in a regular file" in refusal(tmp_path / "folder").message


def test_a_digest_covers_every_code_before_its_end_and_none_after(tmp_path: Path) -> None:
    def digest(*codes: str, end: int = 2, key: bytes = KEY) -> str:
        path = written(tmp_path, "\n".join(codes))
        return read_code_file(path, field=FIELD).digest(key, end)

    one = digest("AAAA-0001", "BBBB-0002", "CCCC-0003")
    assert len(one) == 64
    assert digest("AAAA-0001", "BBBB-0002") == one
    assert digest("AAAA-0001", "BBBB-0002", "DDDD-0004") == one
    assert digest("BBBB-0002", "AAAA-0001") != one
    assert digest("AAAA-0001", "BBBB-0003") != one
    assert digest("AAAA-0001", "BBBB-0002", key=b"l" * 32) != one
    assert digest("AAAA-0001") == ""

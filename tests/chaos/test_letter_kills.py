"""Printers are killed: everybody gets one letter, whatever the print house had taken by then."""

import csv
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from tocsin.notifiers.letter_folders import PrintFolders

from fakes.letters import code_of, marked
from fakes.printing import recorded, worker

COUNT = 14
PER_FOLDER = 7
FOLDERS = 2
RENAMES = 3
"""Of each folder: put in place, into the journal, marked."""


def _take(folder: Path, taken: Path) -> None:
    """Do what a print house does: take every marked folder away, once."""
    taken.mkdir(exist_ok=True)
    for place in marked(folder):
        assert not (taken / place.name).exists(), "a batch was marked twice"
        place.rename(taken / place.name)


def _print_all(folder: Path, record: Path) -> None:
    with worker(folder, record, count=COUNT, per_folder=PER_FOLDER) as last:
        assert last.wait(60) == 0


def _check(folder: Path, record: Path, taken: Path, whole: Path) -> None:
    """Everybody stands in one taken folder, where the record says, and in no other file."""
    printed: Counter[str] = Counter()
    places: dict[str, str] = {}
    for place in sorted(taken.iterdir()):
        with (place / "manifest.csv").open(newline="") as table:
            for row in csv.DictReader(table):
                printed[row["return_code"]] += 1
                places[row["return_code"]] = f"{place.name}/{row['sequence']}"
    assert printed == Counter(str(code_of(seq)) for seq in range(COUNT))
    assert places == {str(code_of(seq)): at for seq, at in recorded(record).items()}
    assert list(folder.glob("*/*/*.pdf")) == []
    assert list((folder / ".making").iterdir()) == []
    for place in marked(whole):
        for path in place.iterdir():
            assert path.read_bytes() == (taken / place.name / path.name).read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a printer that nobody kills makes."""
    folder: Path = tmp_path_factory.mktemp("whole")
    _print_all(folder, folder / "record")
    assert len(marked(folder)) == FOLDERS
    return folder


@pytest.mark.parametrize("taking", [False, True], ids=["left", "taken"])
@pytest.mark.parametrize("rename", range(1, FOLDERS * RENAMES + 1))
def test_a_printer_killed_at_any_step_of_a_folder_prints_nobody_twice(
    tmp_path: Path, whole: Path, rename: int, *, taking: bool
) -> None:
    folder, record, taken = tmp_path / "letters", tmp_path / "record", tmp_path / "taken"
    given = {"count": COUNT, "per_folder": PER_FOLDER, "rename": rename}
    with worker(folder, record, **given) as killed:
        assert killed.wait(60) == -signal.SIGKILL
    if taking:
        _take(folder, taken)
    _print_all(folder, record)
    _take(folder, taken)
    _check(folder, record, taken, whole)


def test_printers_killed_at_random_print_nobody_twice(tmp_path: Path, whole: Path) -> None:
    folder, record, taken = tmp_path / "letters", tmp_path / "record", tmp_path / "taken"
    chance = random.Random(20_261_125)  # noqa: S311  # moments, no secrets
    kills = 0
    for _ in range(10):
        with worker(folder, record, count=COUNT, per_folder=PER_FOLDER) as running:
            time.sleep(chance.uniform(0.2, 1.6))
            running.kill()
            kills += running.wait() == -signal.SIGKILL
        _take(folder, taken)
    assert kills > 0
    _wait_for_orphans(folder)
    _print_all(folder, record)
    _take(folder, taken)
    _check(folder, record, taken, whole)


def _wait_for_orphans(folder: Path) -> None:
    """Wait until typesetters that outlived their printer have ended: they hold their locks."""
    until = time.monotonic() + 20
    while time.monotonic() < until and any((folder / ".making").glob("*.lock")):
        PrintFolders(folder).prepare()
        time.sleep(0.1)

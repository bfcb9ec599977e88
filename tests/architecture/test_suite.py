"""How the tests themselves behave: long ones are asked for, and CI skips nothing it should run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.checkout import ROOT

_TESTS = """
import pytest

def test_short(): pass

@pytest.mark.soak
def test_long(): pass

def test_needs_a_service(need): need(None, "apt-get install -y postfix")

def test_has_its_service(need): need("/usr/sbin/smtp-sink", "apt-get install -y postfix")
"""


def _run(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    (folder / "tests").mkdir()
    (folder / "tests" / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text("utf-8"))
    (folder / "tests" / "test_it.py").write_text(_TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    soak: long\n")
    clean = {k: v for k, v in os.environ.items() if k not in {"CI", "SOAK", "PYTEST_ADDOPTS"}}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_long_tests_are_left_out_and_a_missing_service_is_skipped(tmp_path: Path) -> None:
    code, said = _run(tmp_path)
    assert code == 0
    assert "2 passed, 1 skipped, 1 deselected" in said
    assert "missing: apt-get install -y postfix" in said


@pytest.mark.parametrize(("arguments", "soak"), [(("-m", "soak"), ""), (("-k", "long"), "1")])
def test_long_tests_run_when_asked_for(
    tmp_path: Path, arguments: tuple[str, ...], soak: str
) -> None:
    code, said = _run(tmp_path, *arguments, SOAK=soak)
    assert code == 0
    assert "1 passed, 3 deselected" in said


def test_a_missing_service_fails_continuous_integration(tmp_path: Path) -> None:
    code, said = _run(tmp_path, CI="true")
    assert code == 1
    assert "1 failed, 2 passed, 1 deselected" in said

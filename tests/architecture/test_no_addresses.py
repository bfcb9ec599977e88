"""No tracked file names a package registry, or a place on the machine it was written on."""

import re
from pathlib import Path

import pytest

from architecture.checkout import ROOT, shown, tracked_files

_MACHINE = re.compile(r"(?<![\w./-])/(?:root|home|work|Users)/|\.pyenv\b")
_REGISTRY = re.compile(
    r"pypi\.org/simple|pythonhosted|registry\.npmjs|repo1?\.maven|proxy\.golang|deb\.debian\.org"
    r"|--(?:extra-)?index-url[ =]\S|--find-links[ =]\S|--trusted-host[ =]\S|index-url\s*=",
)
_ITSELF = Path(__file__).resolve()


def _found(text: str) -> list[str]:
    return [match.group() for rule in (_MACHINE, _REGISTRY) for match in rule.finditer(text)]


def test_tracked_files_name_no_registry_and_no_machine() -> None:
    wrong = {}
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "replace")
        if path != _ITSELF and (found := _found(text)):
            wrong[shown(path)] = found
    assert wrong == {}


def test_tracked_files_are_small_text() -> None:
    """A database, an archive or a picture of a screen does not belong to the source.

    What letters, reports and public pages look like is shown in the documents by pictures.
    """
    pictures = {ROOT / "docs" / folder for folder in ("announcement", "letters", "reports")}
    large = [shown(p) for p in tracked_files() if p.stat().st_size > 300_000]
    assert large == []
    sources = [p for p in tracked_files() if p.suffix != ".png" or p.parent not in pictures]
    assert [shown(p) for p in sources if b"\0" in p.read_bytes()[:4096]] == []
    assert ROOT / "pyproject.toml" in tracked_files()


@pytest.mark.parametrize(
    "text",
    [
        "cd /root/x",
        "see '/home/someone/x'",
        "pip install --index-url https://registry.example",
        "[global]\nindex-url = x",
        "--find-links=/opt/wheels",
        "https://pypi.org/simple/",
    ],
)
def test_an_address_or_a_machine_is_seen(text: str) -> None:
    assert _found(text)


@pytest.mark.parametrize(
    "text",
    ["https://example.org/home/", "--no-emit-index-url", "docs/work/x", "env -u PIP_FIND_LINKS"],
)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert _found(text) == []

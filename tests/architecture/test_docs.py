"""The documents say what the code does: tables, links, targets, terms."""

import re
from pathlib import Path

import pytest
import yaml
from tocsin.rules.lifecycle import TRANSITIONS

from architecture.checkout import ROOT, folders, shown, tracked_files

PAGES = tuple(path for path in tracked_files() if path.suffix == ".md")
VOCABULARY = frozenset(
    {
        *("organisation", "incident", "revision", "round", "affected person", "recipient"),
        *("cohort", "obligation", "notice", "channel", "relay", "rung", "lane", "batch", "attempt"),
        *("outcome", "announcement", "regime", "duty", "clock", "report", "approval", "principal"),
        *("drill", "ledger", "coverage", "detector", "directory", "fact", "roster", "slot"),
        *("bell", "credit", "detection", "draft"),
    }
)


def _read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_state_tables_are_those_of_the_code() -> None:
    page = _read("docs/architecture.md")
    for machine, states in TRANSITIONS.items():
        section = re.split(r"\n##+ ", page.split(f"\n### {machine.value}\n")[1])[0]
        rows = re.findall(r"^\| ([a-z]+) \| ([a-z ]+) \| ([a-z]+) \|$", section, re.MULTILINE)
        written = [row for row in rows if row != ("state", "action", "next")]
        meant = [
            (state, action.replace("_", " "), after)
            for state, actions in states.items()
            for action, after in actions.items()
        ]
        assert written == meant, machine


def test_every_folder_stands_in_the_architecture() -> None:
    page = _read("docs/architecture.md")
    assert [folder for folder in folders() if f"`{folder}/`" not in page] == []


def test_the_glossary_holds_every_term_once_in_order() -> None:
    line = re.compile(r"^\| \*\*([a-z ]+)\*\* \| [^|]+ \|$", re.MULTILINE)
    terms = line.findall(_read("docs/glossary.md"))
    assert set(terms) >= VOCABULARY
    assert terms == sorted(set(terms))


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_a_decision_has_its_parts_and_fits_on_a_page() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert decisions
    for number, path in enumerate(decisions, 1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04}-"), path.name
        assert text.startswith(f"# {number:04}. "), path.name
        assert "\nStatus: " in text, path.name
        for part in ("Context", "Considered", "Decision", "Consequences"):
            assert f"\n## {part}\n" in text, f"{path.name}: {part}"
        assert text.count("\n") <= 60, path.name


def test_documents_name_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", _read("Makefile"), re.MULTILINE))
    for path in PAGES:
        named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE))
        assert named <= targets, shown(path)


def test_the_compose_file_can_be_read() -> None:
    composed = yaml.safe_load(_read("docker-compose.yml"))
    for name, service in composed["services"].items():
        assert set(service.get("depends_on", ())) <= composed["services"].keys(), name

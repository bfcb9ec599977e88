"""The demo as a newcomer runs it: the last line, the folder, and that it cannot be fooled."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import structlog
from tocsin.cli.main import call
from tocsin.demo.incident_files import INCIDENTS
from tocsin.demo.run import FAILED, leave_be, main, perform
from tocsin.demo.stage import MARKER, Stage
from tocsin.demo.verdict import Verdict, judge
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.intake import incident_from
from tocsin.runtimes.overview import incidents
from tocsin.runtimes.settings import read_settings
from tocsin.schemas.errors import Conflict

PEOPLE, SEED = 1_500, 7
FIGURES = ("in_scope", "open", "reached", "announced", "unreachable", "excluded")
LINKED = (
    *("texts", "announcement", "reports", "preview", "planted", "incidents", "print"),
    *("providers", "returns"),
)
LEFT = (
    *("delivered", "emails", "texts", "pushes", "letters"),
    *("announcements", "press_texts", "reports"),
)


def last_line(printed: str) -> dict[str, Any]:
    assert printed.endswith("}\n")
    document: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return document


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo-output"


@pytest.fixture(scope="module")
def printed(output: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(output.parent)  # as a newcomer does: an empty folder, a relative name
        with closing(_Lines()) as lines:
            patch.setattr("sys.stdout", lines)
            assert main(people=PEOPLE, output=Path(output.name), seed=SEED) == 0
            yield lines.text


class _Lines:
    """A stdout that is no terminal and remembers."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Everything stands in `text` already."""

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is held."""


def test_the_last_line_is_the_equation_over_all_incidents_and_what_left(printed: str) -> None:
    told = last_line(printed)

    assert list(told) == [*FIGURES, *LEFT, "seconds"]
    assert told["open"] == 0
    assert told["in_scope"] == sum(told[name] for name in FIGURES[1:])
    assert min(told["reached"], told["announced"], told["unreachable"], told["excluded"]) > 0
    assert min(told[name] for name in LEFT) > 0
    assert (told["announcements"], told["press_texts"], told["reports"]) == (2, 1, 9)
    assert told["delivered"] <= told["reached"]


def test_the_count_in_scope_is_the_directorys_own(printed: str, output: Path) -> None:
    with closing(sqlite3.connect(output / "people.db")) as db:
        one_by_one = (
            "SELECT count(*) FROM people WHERE system = 'shop' AND signed_up <= '2026-06-30'"
        )
        announced = "SELECT count(*) FROM people WHERE newsletter"
        patients = "SELECT count(*) FROM people WHERE system = 'clinic'"
        queries = (one_by_one, announced, patients)
        people = sum(db.execute(query).fetchone()[0] for query in queries)

    assert last_line(printed)["in_scope"] == people


def test_a_newcomer_can_follow_what_happens_and_no_address_is_printed(printed: str) -> None:
    for said in (
        "report-EU-GDPR-early: filed",
        "report-CN-PIPL-early: filed",
        "not owed, with the reason why",
        "press-r1: the text for the media",
        "announcement-r1: drafted by itself",
        "the rounds are closed, the rosters deleted",
        "security-officer raised or edited this and so cannot approve it",
        "notices by e-mail",
        "people/s",
        "Everything came out as planted",
    ):
        assert said in printed
    assert "WRONG" not in printed
    assert "@" not in printed
    assert "\x1b" not in printed


def test_everything_that_was_made_is_linked_and_every_link_leads_somewhere(
    printed: str, output: Path
) -> None:
    del printed
    page = (output / "index.html").read_text("utf-8")
    links = {unquote(link) for link in re.findall(r'href="([^"#]+)"', page)}

    assert [link for link in links if not (output / link).is_file()] == []
    made = {p.relative_to(output).as_posix() for p in output.rglob("*") if p.is_file()}
    for folder in LINKED:
        inside = {path for path in made if path.startswith(f"{folder}/") and "/." not in path}
        assert inside
        assert inside <= links
    assert {"ledger/ledger.db", "tocsin.toml", "people.db", "relay/received.jsonl"} <= links
    assert MARKER in page


def test_a_text_stands_three_times_with_a_sample_in_place_of_the_person(
    printed: str, output: Path
) -> None:
    del printed
    for path in sorted((output / "texts").glob("*.eml")):
        content = path.read_bytes()
        assert b"\r\nTo: <XXXXX-XXXXX>\r\n" in content
        assert b"\x00" not in content
        for suffix in (".html", ".txt"):
            assert "XXXXX-XXXXX" in path.with_suffix(suffix).read_text("utf-8")


def test_the_roster_is_gone_and_the_planted_table_names_everybody(
    printed: str, output: Path
) -> None:
    assert list((output / "ledger" / "rosters").iterdir()) == []
    rows = [
        line.split(",")
        for path in sorted((output / "planted").iterdir())
        for line in path.read_text("utf-8").splitlines()[1:]
    ]

    assert len(rows) == last_line(printed)["in_scope"]
    assert [row for row in rows if row[1] != row[3]] == []


def test_a_rerun_replaces_the_folder_and_comes_out_the_same(
    printed: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (output / "texts" / "of-an-earlier-run.txt").write_text("old")

    try:
        options = ["--json", "--people", str(PEOPLE), "--seed", str(SEED), "--output", str(output)]
        assert call(["demo", *options]) == 0
    finally:
        structlog.reset_defaults()

    again = capsys.readouterr().out
    assert again.count("\n") == 1
    same = {name: figure for name, figure in last_line(again).items() if name != "seconds"}
    assert same.items() <= last_line(printed).items()
    assert not (output / "texts" / "of-an-earlier-run.txt").exists()


# what must not pass -----------------------------------------------------------------------------


def _told_once(stage: Stage) -> tuple[list[str], int]:
    """The lines of the relay, and which is the first that it took for an address told only once."""
    lines = stage.relay_log.read_text("utf-8").splitlines(keepends=True)
    seen = [json.loads(line) for line in lines]
    accepted = Counter(line["address"].lower() for line in seen if line["accepted"])
    once = (line["accepted"] and accepted[line["address"].lower()] == 1 for line in seen)
    return lines, next(n for n, first in enumerate(once) if first)


def an_extra_message(stage: Stage) -> None:
    """The relay says that it took one more message, to somebody who was told already."""
    lines, first = _told_once(stage)
    line = json.loads(lines[first])
    line["message_id"] = "<another@lantern.example>"
    with stage.relay_log.open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def a_message_that_never_arrived(stage: Stage) -> None:
    lines, first = _told_once(stage)
    stage.relay_log.write_text("".join(lines[:first] + lines[first + 1 :]), "utf-8")


def a_text_message_twice(stage: Stage) -> None:
    """The provider says that it took one message again."""
    log = stage.providers / "texts.jsonl"
    lines = log.read_text("utf-8").splitlines(keepends=True)
    log.write_text("".join([*lines, lines[0]]), "utf-8")


def a_push_to_a_stranger(stage: Stage) -> None:
    line = json.dumps({"token": "app-9999999", "notice": "made up"})
    with (stage.providers / "pushes.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


def a_letter_that_was_not_printed(stage: Stage) -> None:
    table = max(stage.letters.rglob("manifest.csv"), key=lambda path: path.stat().st_size)
    table.write_text("".join(table.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")


def _on_ledger(stage: Stage, statement: str) -> None:
    with closing(sqlite3.connect(stage.ledger)) as db, db:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in db.execute(query).fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        assert db.execute(statement).rowcount == 1


def a_dropped_outcome(stage: Stage) -> None:
    _on_ledger(
        stage,
        "DELETE FROM outcome WHERE (round, lane, seq, rung, attempt) = (SELECT round, lane, seq,"
        " rung, attempt FROM outcome WHERE result = 'accepted' LIMIT 1)",
    )


def an_arrival_that_nobody_heard_of(stage: Stage) -> None:
    """The ledger says of an e-mail that it arrived, which no relay says."""
    _on_ledger(
        stage,
        "INSERT INTO evidence SELECT round, lane, seq, rung, 'delivered', '', 'dsn', person, at,"
        " link FROM outcome WHERE channel = 'email' AND result = 'accepted' AND round = 1"
        " AND person NOT IN (SELECT person FROM obligation WHERE round = 1 GROUP BY person"
        " HAVING count(*) > 1) LIMIT 1",
    )


def a_wrong_count(stage: Stage) -> None:
    _on_ledger(stage, "UPDATE round SET in_scope = in_scope + 1 WHERE n = 1")


def an_address_in_a_report(stage: Stage) -> None:
    address = json.loads(stage.relay_log.read_text("utf-8").splitlines()[0])["address"]
    report = next((stage.folder / "reports").rglob("*.html"))
    report.write_text(report.read_text("utf-8") + address, "utf-8")


def somebody_who_joined_later(stage: Stage) -> None:
    with closing(sqlite3.connect(stage.people)) as db, db:
        found = db.execute("UPDATE people SET newsletter = 1 WHERE id = (SELECT min(id) FROM people"
                           " WHERE NOT newsletter AND country = 'CN' AND has_profile)")  # fmt: skip
        assert found.rowcount == 1


async def judged(folder: Path) -> Verdict:
    stage = Stage(folder)
    async with embedded(read_settings(stage.config), sending=False) as runtime:
        ids = {view.title: view.id for view in await incidents(runtime)}
        names = {name: incident_from(stage.incident(name)).title for name in INCIDENTS}
        cases = {name: ids[title] for name, title in names.items()}
        return await judge(runtime, stage, cases, seed=SEED)


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (leave_be, ""),
        (an_extra_message, "2 notices accepted, 1 planted"),
        (a_message_that_never_arrived, "0 notices accepted, 1 planted"),
        (a_dropped_outcome, "open in the ledger, reached planted"),
        (a_text_message_twice, "sms: 1 messages were taken over twice"),
        (a_push_to_a_stranger, "app_push: 1 were written to who were not planted"),
        (a_letter_that_was_not_printed, "letters,"),
        (an_arrival_that_nobody_heard_of, "delivered in the ledger, accepted planted"),
        (a_wrong_count, "the equation does not hold"),
        (an_address_in_a_report, "holds 1 addresses, numbers, tokens or keys"),
        (somebody_who_joined_later, "forgotten, announced planted"),
    ],
)
def test_a_lie_is_found(
    lie: Callable[[Stage], None], said: str, printed: str, output: Path, tmp_path: Path
) -> None:
    del printed
    shutil.copytree(output, tmp_path / "copy")
    lie(Stage(tmp_path / "copy"))

    verdict = asyncio.run(judged(tmp_path / "copy"))

    problems = [problem for check in verdict.checks for problem in check.problems]
    assert verdict.sound is (lie is leave_be), problems
    assert any(said in problem for problem in problems) or not said
    assert not any("@" in problem for problem in problems)


def test_a_run_in_which_somebody_lied_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = perform(people=200, output=out, seed=SEED, json_only=False, meddle=an_extra_message)

    shown = capsys.readouterr().out
    assert code == FAILED
    assert "WRONG" in shown
    assert "NOT everything came out as planted" in shown
    assert "Not everything came out as planted" in (out / "index.html").read_text()
    assert list(last_line(shown))[:6] == list(FIGURES)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>my own page</h1>")

    with pytest.raises(Conflict, match="no demo made"):
        main(people=100, output=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]

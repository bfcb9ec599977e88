"""The register over a whole deployment: every incident, whatever became of it, and nobody in it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.cli.main import call
from tocsin.cli.register import document
from tocsin.runtimes.clock import WallClock
from tocsin.runtimes.register import csv_of, register
from tocsin.runtimes.watched_clocks import watched_clocks
from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed
from tocsin.schemas.principal import CommandType, Principal, Role
from tocsin.schemas.register import DecisionState, Owed, RegisterDuty, RegisterEntry

from fakes.deployment import deployment, incident, person
from fakes.postgres import schema_of
from fakes.promises import problems, run
from integration.test_canary import found_in, planted

MILD = {
    "confidentiality": "known_recipients",
    "integrity": "not_lost",
    "availability": "not_lost",
    "recipients_trusted": True,
    "deletion_confirmed": True,
    "sectors": ["retail"],
    "effects": [],
}
EARLY = "EU-GDPR:authority:early"
GERMANS = [person(n, country="DE", locale="en") for n in range(3)]


def _ago(**since: int) -> str:
    return (datetime.now(UTC) - timedelta(**since)).isoformat(timespec="seconds")


def _mild(**fields: Any) -> Any:
    """A mailing that a few known people got: of no risk, so that no report is owed in Europe."""
    facts = MILD | {"aware": _ago(minutes=10), "unintelligible": False}
    return incident(
        title="Newsletter sent with its list", facts=facts, data_kinds=["email_address"], **fields
    )


def _duties(entry: RegisterEntry) -> dict[str, RegisterDuty]:
    return {duty.id: duty for regime in entry.regimes for duty in regime.duties}


class Later(WallClock):
    """The wall clock, so much later."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_every_incident_stands_in_it_told_or_not_and_undecided_or_withdrawn(
    tmp_path: Path, backend: str
) -> None:
    ledger: dict[str, Any] = {}
    if backend == "postgres":
        ledger = {"ledger": {"url": schema_of(tmp_path)}}

    async def main() -> None:
        async with deployment(tmp_path, GERMANS, **ledger) as d:
            told = await d.raised(incident(facts={"aware": _ago(minutes=9)}))
            await d.approve(told, ArtefactKind.NOTICE, accepting="its cause is not known yet")
            report = "report-EU-GDPR-early"
            await d.runtime.door.act(d.approver, CommandType.APPROVE, told, target=report)
            await d.settle()
            at = datetime.now(UTC)
            receipt: dict[str, Any] = {"reference": "DPC-7", "at": at, "proof": ""}
            await d.runtime.door.record_receipt(d.raiser, told, report, **receipt)
            quiet = await d.raised(_mild())
            await d.approve(quiet, ArtefactKind.DECISION)
            gone = await d.raised(_mild())
            door = d.runtime.door
            await door.act(d.approver, CommandType.WITHDRAW, gone, reason="a test of our own")
            drill = await d.raised(_mild(), drill=True)
            fresh = await door.raise_incident(d.raiser, _mild(), drill=False)

            made = await register(d.runtime)
            found = {entry.incident: entry for entry in made.incidents}
            assert [*found] == [told, quiet, gone, fresh]
            assert drill in {e.incident for e in (await register(d.runtime, drills=True)).incidents}

            early = _duties(found[told])[EARLY]
            assert (early.owed, early.met, early.reference) == (Owed.REQUIRED, True, "DPC-7")
            assert early.met_at is not None
            people = _duties(found[told])["EU-GDPR:individuals"]
            assert people.met
            assert people.first_notice_at is not None
            assert (found[told].persons_counted, found[told].persons_stated.text) == (3, "unknown")

            decision = _duties(found[quiet])[EARLY].decision
            assert decision is not None
            assert (decision.state, decision.approved_by) == (DecisionState.APPROVED, "ada")
            assert decision.review_on is not None
            assert "risk to people is unlikely" in _duties(found[quiet])[EARLY].reason

            assert found[fresh].regimes == ()  # no worker has judged it
            assert (found[gone].state, found[gone].over_reason) == (
                "withdrawn",
                "a test of our own",
            )
            assert found[gone].over_at is not None

            (only,) = (
                await register(d.runtime, regime="EU-GDPR", year=found[told].year)
            ).incidents[:1]
            assert [regime.id for regime in only.regimes] == ["EU-GDPR"]
            with pytest.raises(InvalidInput, match="no regime"):
                await register(d.runtime, regime="EU-GDPP")

            head, *lines = csv.reader(
                io.StringIO(csv_of(made, for_file=True).decode("utf-8-sig"), newline="")
            )
            assert {line[head.index("incident")] for line in lines} == set(found)
            assert json.dumps(document(made))
            assert await problems(d) == ()

    run(main())


def test_a_decision_that_nobody_knows_enough_for_is_undecided_with_what_is_missing(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(0), person(3)]) as d:  # in China
            await d.raised(incident(facts={"aware": _ago(minutes=9)}))
            (entry,) = (await register(d.runtime)).incidents
            duty = _duties(entry)["CN-PIPL:authority:early"]
            assert duty.owed is Owed.UNDECIDED
            assert "facts.network_grade" in duty.missing
            assert (duty.decision, duty.met) == (None, False)

    run(main())


def test_a_decision_is_named_beside_the_clocks_from_its_review_date_until_it_is_reviewed(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        clock = Later()
        policy = {"decision_review_days": 30}
        async with deployment(tmp_path, GERMANS, clock=clock, policy=policy) as d:
            door, review = d.runtime.door, CommandType.REVIEW_DECISION
            both = Principal(name="ivo", roles=frozenset({Role.RAISE, Role.APPROVE}))
            ivo = await door.add_principal(d.raiser, both)
            name = await door.raise_incident(ivo, _mild(), drill=False)
            await d.settle()
            decision = "decision-EU-GDPR-authority-early"
            with pytest.raises(Conflict, match="only an approved decision"):
                await door.act(d.approver, review, name, target=decision, reason="it stays")
            await d.approve(name, ArtefactKind.DECISION)
            assert (await watched_clocks(d.runtime)).reviews == ()
            clock.by = timedelta(days=29)
            assert (await watched_clocks(d.runtime)).reviews == ()
            clock.by = timedelta(days=31)
            over = (await watched_clocks(d.runtime)).reviews
            assert decision in {each.decision for each in over}
            count = len(over)

            with pytest.raises(InvalidInput, match="say why"):
                await door.act(d.approver, review, name, target=decision, reason=" ")
            with pytest.raises(InvalidInput, match="is no decision"):
                await door.act(d.approver, review, name, target="notice-r1", reason="it stays")
            with pytest.raises(NotAllowed, match="rosa may not review decision"):
                await door.act(d.raiser, review, name, target=decision, reason="it stays")
            with pytest.raises(NotAllowed, match="ivo raised or edited this and so cannot review"):
                await door.act(ivo, review, name, target=decision, reason="it stays")
            approver = Principal(name="olga", roles=frozenset({Role.APPROVE}))
            olga = await door.add_principal(d.raiser, approver)
            await door.act(olga, review, name, target=decision, reason="nothing came of it")
            assert len((await watched_clocks(d.runtime)).reviews) == count - 1
            (entry,) = (await register(d.runtime)).incidents
            reviewed = _duties(entry)[EARLY].decision
            assert reviewed is not None
            assert (reviewed.reviewed_by, reviewed.review_reason) == ("olga", "nothing came of it")
            clock.by = timedelta(days=62)
            assert len((await watched_clocks(d.runtime)).reviews) == count
            assert await problems(d) == ()

    run(main())


def test_nothing_of_anybody_stands_in_it(tmp_path: Path) -> None:
    people, values = planted()

    async def main() -> None:
        async with deployment(tmp_path, people) as d:
            scope = {"where": [{"column": "key", "equals": people[0]["id"]}]}
            for file in (incident(), incident(scope=scope)):
                name = await d.raised(file)
                await d.approve(name, ArtefactKind.NOTICE, accepting="its cause is not known yet")
                await d.settle()
            made = await register(d.runtime)
            assert [entry.persons_counted for entry in made.incidents] == [len(people), 1]
            searched = {
                "csv": csv_of(made, for_file=True),
                "json": json.dumps(document(made), ensure_ascii=False).encode(),
            }
            assert found_in(searched, values) == set()
            for row in people:
                assert row["id"].encode() not in searched["csv"]
            searched["csv"] += str(people[0]["id"]).encode()
            assert found_in(searched, values) == {"csv"}, "the search finds nothing"

    run(main())


def test_the_verb_writes_a_table_once_and_names_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)
    assert call(["init"]) == 0
    roles = ["--role", "admin", "--role", "raise", "--save", "rosa"]
    assert call(["principal", "add", "rosa", *roles]) == 0
    raising = ["incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa"]
    assert call(raising) == 0
    capsys.readouterr()

    assert call(["register"]) == 0
    assert "No incident; drills are left out." in capsys.readouterr().out
    assert call(["register", "--drills", "--csv", "register.csv"]) == 0
    assert "Wrote register.csv: 1 incident." in capsys.readouterr().out
    assert Path("register.csv").read_bytes().startswith(b"\xef\xbb\xbfincident,title,")
    assert call(["register", "--drills", "--csv", "-"]) == 0
    assert capsys.readouterr().out.startswith("incident,title,")
    assert call(["register", "--drills", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["incidents"]
    assert entry["drill"] is True

    for words, code, said in (
        (["--csv", "register.csv"], 5, "--csv: there is such a file already"),
        (["--csv", "none/register.csv"], 2, "--csv: the file cannot be written"),
        (["--csv", "-", "--json"], 2, '"field": "--csv"'),
        (["--year", "26"], 2, "--year: 26 is no year"),
        (["--regime", "GDPR"], 2, "--regime: there is no regime 'GDPR'"),
        (["--annual", "US-HIPAA"], 2, "--year: is missing"),
        (["--annual", "US-CA", "--year", "2026"], 2, "--annual: US-CA asks for no log"),
        (["--annual", "US-HIPAA", "--regime", "US-CA", "--year", "2026"], 2, "--regime: "),
        (["--annual", "US-HIPAA", "--year", "2026", "--drills"], 2, "--drills: "),
    ):
        assert call(["register", *words]) == code, words
        told = capsys.readouterr()
        assert said in told.out + told.err, words

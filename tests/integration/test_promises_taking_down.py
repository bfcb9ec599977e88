"""The end of an announcement's term: on time, proved, and answered for afterwards."""

import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from sqlalchemy import select
from tocsin.ledger import reads, tables
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import Commit, FactKind

from fakes.announced import INSTEAD, Ahead, after, announced, ended, looks, public, standing
from fakes.deployment import Deployment, deployment, incident, person
from fakes.ledgers import behind
from fakes.promises import alarms, facts, newest, problems, run, told
from fakes.web_space import served

BERLIN = ZoneInfo("Europe/Berlin")
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def test_it_stands_to_the_last_second_of_its_term_and_no_longer(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        # 90 days after a day in late December the clocks of Berlin are put forward.
        clock.put(datetime(2027, 12, 28, 23, 30, tzinfo=BERLIN))
        async with announced(tmp_path, clock) as (d, name):
            approved = standing(tmp_path / "public")
            ends_at = (await public(d, name)).ends_at
            assert ends_at is not None
            assert ends_at.astimezone(BERLIN).isoformat() == "2028-03-28T00:00:00+02:00"
            clock.put(ends_at - timedelta(seconds=20))
            await d.settle()
            assert standing(tmp_path / "public") == approved
            clock.put(ends_at)
            await d.settle()
            await _is_down(d, name, approved)
            stood = (await ended(d, name))["stood"]
            assert stood["term_days"] == 90
            assert stood["until"].startswith("2028-03-27T22:00:")
            assert await problems(d) == ()

    run(main())


async def _is_down(d: Deployment, name: str, approved: dict[str, bytes]) -> None:
    """Assert that only what takes the files' place stands, at the same addresses."""
    here = standing(d.folder / "public" / name)
    for path, content in here.items():
        assert content != approved[f"{name}/{path}"]
    assert set(here) == {
        *("announcement.en.html", "announcement.zh-Hans.html", "index.html"),
        *("genuine.en.html", "genuine.zh-Hans.html", "alert.cap.xml", "feed.atom"),
    }
    assert b"The term of this announcement has ended" in here["announcement.en.html"]
    assert b"Criminals" not in b"".join(here.values())
    alert = etree.fromstring(here["alert.cap.xml"])
    assert alert.findtext(f"{CAP}msgType") == "Cancel"
    first = etree.fromstring(approved[f"{name}/alert.cap.xml"])
    sender, identifier, sent = (
        first.findtext(f"{CAP}{part}") for part in ("sender", "identifier", "sent")
    )
    assert alert.findtext(f"{CAP}references") == f"{sender},{identifier},{sent}"
    assert b"{ended}" not in here["feed.atom"] + here["alert.cap.xml"]


def test_what_takes_its_place_is_watched_once_and_then_left_alone(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            await after(d, clock, days=91, hours=2)
            down = standing(tmp_path / "public")
            assert await ended(d, name)
            # A worker that was held up puts an old page back.
            (tmp_path / "public" / name / "index.html").write_text("an old page")
            await after(d, clock, hours=2)
            assert standing(tmp_path / "public") == down
            await after(d, clock, hours=2)
            record = len(await looks(d, name))
            (tmp_path / "public" / name / "index.html").write_text("the organisation's own")
            await after(d, clock, days=10)
            assert len(await looks(d, name)) == record
            waiting = await d.runtime.ledger.ask(reads.waiting_events)
            assert [kind for _, kind, _, _ in waiting if kind.startswith("announcement")] == []

    run(main())


def test_a_place_that_does_not_answer_then_is_tried_until_it_does(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            place = tmp_path / "public"
            place.rename(tmp_path / "away")
            place.write_text("a file where the folder was")
            await after(d, clock, days=91, hours=2)
            for _ in range(3):
                await after(d, clock, minutes=11)
            assert await ended(d, name) is None
            assert await alarms(d, name, "announcement:end") == ["announcement:end"]
            place.unlink()
            (tmp_path / "away").rename(place)
            await after(d, clock, minutes=11)
            assert await ended(d, name)

    run(main())


@pytest.mark.parametrize("event", ["publication.due", "announcement.watch", "announcement.end"])
def test_a_worker_that_dies_before_its_commit_repeats_the_same(tmp_path: Path, event: str) -> None:
    """The files are out, the commit is not: whoever takes the event up again does it once more."""
    clock, fails = Ahead(), {event: 2}

    def die(moment: str, claimed: Any, commit: Commit | None) -> None:
        kind = claimed.event.payload.type
        if moment == "before" and commit is not None and commit.done and fails.get(kind):
            fails[kind] -= 1
            message = "dies before its commit"
            raise RuntimeError(message)

    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(12)], clock=clock) as d:
            d.runtime.step.tap = die
            name = await d.raised(incident(announcement_limit=5, announcement=INSTEAD))
            await d.approve(name, "announcement")
            await d.settle()
            approved = standing(tmp_path / "public")
            (tmp_path / "public" / name / "feed.atom").unlink()
            await after(d, clock, minutes=6)
            for _ in range(3):
                await after(d, clock, minutes=2)
            assert standing(tmp_path / "public") == approved
            assert len(await alarms(d, name, "announcement:")) == 1
            await after(d, clock, days=91, hours=2)
            for _ in range(3):
                await after(d, clock, minutes=2)
            assert fails == {event: 0}
            await _is_down(d, name, approved)
            assert await problems(d) == ()
            assert (await d.coverage(name)).announced == 12

    run(main())


def test_it_can_be_read_while_the_ledger_is_gone(tmp_path: Path) -> None:
    async def main() -> str:
        async with announced(tmp_path, Ahead()) as (_, name):
            return name

    names: list[str] = []

    async def kept() -> None:
        names.append(await main())

    run(kept())
    for path in [*tmp_path.glob("ledger.db*"), *tmp_path.glob("people.db*")]:
        path.unlink()
    with served(tmp_path / "public") as web:
        for file in ("", "announcement.zh-Hans.html", "genuine.en.html", "feed.atom"):
            url = f"{web.url}/{names[0]}/{file}"
            with urllib.request.urlopen(url) as answer:  # noqa: S310  # on loopback
                assert answer.status == 200
                assert len(answer.read()) > 1000


def test_a_round_that_is_told_one_by_one_has_its_page_once_it_is_on_its_way(
    tmp_path: Path,
) -> None:
    clock = Ahead()

    async def main() -> None:
        people = [person(n) for n in range(6)]
        async with deployment(tmp_path, people, clock=clock) as d:
            name = await d.raised()
            await d.settle()
            assert not (tmp_path / "public").exists(), "nothing is public before the approval"
            await d.approve(name, "notice")
            await d.settle()
            assert set(told(d.relay).values()) == {1}
            files = standing(tmp_path / "public" / name)
            assert set(files) == {"genuine.en.html", "genuine.zh-Hans.html", "index.html"}
            page = files["genuine.en.html"].decode()
            assert "notices@example.com" in page
            assert name in page
            assert "Criminals" not in page, "it announces nothing"
            subject = "Security notice: an incident affected your data (TC-"
            assert subject in page
            (tmp_path / "public" / name / "genuine.en.html").unlink()
            await after(d, clock, minutes=6)
            assert standing(tmp_path / "public" / name) == files
            await after(d, clock, days=91)
            over = standing(tmp_path / "public" / name)
            assert set(over) == set(files)
            assert b"The time of this page is over" in over["genuine.en.html"]

    run(main())


def test_a_page_of_notices_that_changed_after_its_approval_holds_back_both(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(6)]) as d:
            name = await d.raised()
            await d.approve(name, "notice")
            change = "UPDATE fact SET body = replace(body, 'notices@example.com', 'x@example.net')"
            behind(tmp_path / "ledger.db", f"{change} WHERE kind = 'text' AND name LIKE '%@genu%'")
            await d.settle()
            assert d.relay.total == 0
            assert not (tmp_path / "public").exists()
            assert await alarms(d, name, "void:") == ["void:notice-r1"]

    run(main())


def test_of_a_drill_nothing_reaches_the_public_place(tmp_path: Path) -> None:
    async def main() -> None:
        output = {"announcements_url": "https://example.com/notices"}
        async with deployment(tmp_path, [person(n) for n in range(6)], output=output) as d:
            name = await d.raised(incident(announcement_limit=3, announcement=INSTEAD), drill=True)
            await d.approve(name)
            await d.settle()
            assert not (tmp_path / "public").exists()
            files = standing(tmp_path / "outbox" / name / "public" / name)
            assert b"<status>Exercise</status>" in files["alert.cap.xml"]
            assert b"https://example.com" not in b"".join(files.values())

    run(main())


def test_a_revised_announcement_replaces_the_first_at_the_same_address(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock, instead=False) as (d, name):
            place = tmp_path / "public" / name
            first = etree.fromstring((place / "alert.cap.xml").read_bytes())
            clock.ahead += timedelta(days=2)
            told_now = incident(narratives={"what_happened": {"en": "It was worse."}})
            await d.runtime.door.revise_incident(d.raiser, name, told_now)
            await d.settle()
            assert (await newest(d, name)).id == f"{name}/r2"
            await d.approve(name, "announcement", accepting="Chinese readers get it in English")
            await d.settle()
            second = etree.fromstring((place / "alert.cap.xml").read_bytes())
            assert second.findtext(f"{CAP}msgType") == "Update"
            referred = [first.findtext(f"{CAP}{p}") for p in ("sender", "identifier", "sent")]
            assert second.findtext(f"{CAP}references") == ",".join(map(str, referred))
            assert "It was worse." in (place / "announcement.en.html").read_text()
            states = {a.name: a.state for a in await d.runtime.ledger.ask(reads.artefacts, name)}
            assert states["announcement-r2"] is ArtefactState.APPROVED
            approved = standing(place)
            await after(d, clock, hours=2)
            assert standing(place) == approved
            assert await alarms(d, name, "announcement:") == []
            ends = [b["ends_at"] for n, b in (await _published(d, name)).items()]
            assert (await public(d, name)).ends_at == max(map(_instant, ends))

    run(main())


async def _published(d: Deployment, name: str) -> dict[str, Any]:
    found = await facts(d, name, FactKind.ANNOUNCEMENT)
    return {n: b for n, b in found.items() if n.startswith("published:")}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_no_file_holds_anything_of_the_people(tmp_path: Path) -> None:
    people = [
        person(
            n,
            id=f"zq-planted-{n}",
            email=f"zq.planted{n}@mailbox{n}.example",
            birth_date="1971-03-09",
        )
        for n in range(40)
    ]

    async def main() -> None:
        async with deployment(tmp_path, people) as d:
            for limit in (5, 100):
                name = await d.raised(incident(announcement_limit=limit, announcement=INSTEAD))
                await d.approve(name)
                await d.settle()
                files = standing(tmp_path / "public" / name)
                assert files
                for path, content in files.items():
                    for planted in (b"planted", b"mailbox", b"1971"):
                        assert planted not in content.lower(), path
                pseudonyms = await d.runtime.ledger.ask(_pseudonyms)
                assert len(pseudonyms) >= 40
                together = b"".join(files.values()).decode()
                assert not [p for p in pseudonyms if p in together]

    run(main())


def _pseudonyms(db: Any) -> list[str]:
    return [row.pseudonym for row in db.execute(select(tables.person.c.pseudonym))]

"""What was published stands as it was approved: watched, put back, alarmed about once."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.cli.incident_look import _public
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.overview import case_file
from tocsin.schemas.principal import CommandType

from fakes.announced import Ahead, after, announced, ended, looks, public, standing
from fakes.deployment import settings
from fakes.ledgers import behind
from fakes.promises import alarms, problems, run
from fakes.web_space import served


def test_what_was_changed_or_removed_is_put_back_and_alarmed_about_once(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            folder = tmp_path / "public" / name
            approved = standing(folder)
            (folder / "index.html").write_text("<h1>Nothing happened</h1>")
            (folder / "announcement.en.html").unlink()
            await after(d, clock, minutes=6)
            assert standing(folder) == approved
            assert len(await alarms(d, name, "announcement:")) == 1
            look = (await looks(d, name))[-1]
            assert look["restored"] == ["announcement.en.html", "index.html"]
            assert look["left"] == []
            for _ in range(3):
                await after(d, clock, hours=1)
            assert len(await alarms(d, name, "announcement:")) == 1
            (folder / "index.html").write_text("<h1>Nothing happened</h1>")
            await after(d, clock, hours=1)
            assert standing(folder) == approved
            assert len(await alarms(d, name, "announcement:")) == 2, "another one, another alarm"
            assert await problems(d) == ()

    run(main())


def test_of_two_processes_one_alarms(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            other_settings = settings(tmp_path, d.relay.port)
            async with embedded(other_settings, clock=clock) as other:
                (tmp_path / "public" / name / "feed.atom").unlink()
                clock.ahead += timedelta(days=40)
                await asyncio.gather(d.settle(), other.work(until_idle=True))
            assert len(await alarms(d, name, "announcement:")) == 1
            assert (tmp_path / "public" / name / "feed.atom").is_file()

    run(main())


def test_a_place_that_is_gone_is_alarmed_about_once_and_filled_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            place = tmp_path / "public"
            approved = standing(place)
            shutil.rmtree(place)
            place.write_text("a file where the folder was")
            for _ in range(4):
                await after(d, clock, hours=1)
            assert len(await alarms(d, name, "announcement:")) == 1
            assert (await public(d, name)).deviations
            place.unlink()
            await after(d, clock, hours=1)
            assert standing(place) == approved
            assert (await public(d, name)).deviations == ()
            assert len(await alarms(d, name, "announcement:")) == 1

    run(main())


def test_what_is_not_what_was_approved_is_never_put_back(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            page = tmp_path / "public" / name / "announcement.en.html"
            page.unlink()
            forged = "UPDATE fact SET body = replace(body, 'Criminals', 'Nobody')"
            behind(tmp_path / "ledger.db", f"{forged} WHERE kind = 'announcement'")
            await after(d, clock, minutes=6)
            assert not page.exists()
            assert len(await alarms(d, name, "announcement:")) == 1

    run(main())


def test_a_file_that_nobody_published_is_alarmed_about_and_left_where_it_is(
    tmp_path: Path,
) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            planted = tmp_path / "public" / name / "claim-your-refund.html"
            planted.write_text("<form>")
            (planted.parent / ".htaccess").write_text("the server's own")
            for _ in range(3):
                await after(d, clock, hours=1)
            assert planted.exists()
            (found,) = (await public(d, name)).deviations
            assert found.text == "claim-your-refund.html is not ours"
            assert len(await alarms(d, name, "announcement:")) == 1

    run(main())


def test_whoever_looks_at_the_incident_sees_what_stands_and_what_is_amiss(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            (tmp_path / "public" / name / "planted.html").write_text("<form>")
            await after(d, clock, minutes=6)
            case = await case_file(d.runtime, name)
            said = "\n".join(_public(case.public))
            assert "files stand since" in said
            assert "not as published: planted.html is not ours" in said
            await after(d, clock, days=91)
            case = await case_file(d.runtime, name)
            assert _public(case.public)[0].startswith("taken down ")

    run(main())


def test_it_is_watched_on_when_the_incident_is_closed(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        async with announced(tmp_path, clock) as (d, name):
            approved = standing(tmp_path / "public")
            await d.explain(name)
            await d.runtime.door.act(d.approver, CommandType.CLOSE, name, reason="all told")
            await d.settle()
            await after(d, clock, days=40)
            shutil.rmtree(tmp_path / "public" / name)
            await after(d, clock, hours=1)
            assert standing(tmp_path / "public") == approved

    run(main())


def test_every_day_on_which_it_stood_is_on_record_once(tmp_path: Path) -> None:
    clock = Ahead()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    clock.put(tomorrow.replace(hour=9))  # a look six hours later is on the same day

    async def main() -> None:
        policy = {"announcement_days": 3, "announcement_watch_minutes": 360}
        async with announced(tmp_path, clock, policy=policy) as (d, name):
            while await ended(d, name) is None:
                await after(d, clock, hours=6)
            proof = (await ended(d, name))["stood"]
            assert (proof["days"], proof["term_days"], proof["troubles"]) == (4, 3, 0)
            days = [look["day"] for look in await looks(d, name)]
            assert len(days) == len(set(days))
            assert proof["days_watched"] == 4, "the first day, and the three of the term"

    run(main())


def test_what_the_public_gets_is_compared_too(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        place = tmp_path / "public"
        place.mkdir()
        with served(place) as web:
            output = {"announcements_url": f"{web.url}/"}
            async with announced(tmp_path, clock, output=output) as (d, name):
                await after(d, clock, minutes=6)
                assert (await public(d, name)).deviations == ()
                web.answers[f"/{name}/index.html"] = b"stale copy of a cache"
                web.missing.add(f"/{name}/feed.atom")
                for _ in range(3):
                    await after(d, clock, hours=1)
                found = (await public(d, name)).deviations
                assert [one.text for one in found] == [
                    "feed.atom is missing at its public address",
                    "index.html is changed at its public address",
                ]
                assert len(await alarms(d, name, "announcement:")) == 1
                web.answers.clear()
                web.missing.clear()
                await after(d, clock, hours=1)
                assert (await public(d, name)).deviations == ()
                page = (place / name / "press.en.txt").read_text()
                assert f"{web.url}/{name}/" in page

    run(main())


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_redirect_is_followed_within_its_host_alone(tmp_path: Path, *, elsewhere: bool) -> None:
    clock = Ahead()

    async def main() -> None:
        place = tmp_path / "public"
        place.mkdir()
        with served(place) as web, served(place) as other:
            output = {"announcements_url": web.url}
            async with announced(tmp_path, clock, output=output) as (d, name):
                content = (place / name / "index.html").read_bytes()
                web.answers["/moved"] = other.answers["/moved"] = content
                target = other.url if elsewhere else ""
                web.moved[f"/{name}/index.html"] = f"{target}/moved"
                await after(d, clock, minutes=6)
                assert bool((await public(d, name)).deviations) is elsewhere

    run(main())


def test_a_public_address_that_does_not_answer_is_alarmed_about_once(tmp_path: Path) -> None:
    clock = Ahead()

    async def main() -> None:
        output: dict[str, Any] = {"announcements_url": "http://127.0.0.1:9/notices"}
        async with announced(tmp_path, clock, output=output) as (d, name):
            for _ in range(3):
                await after(d, clock, hours=1)
            (found,) = (await public(d, name)).deviations
            assert found.text == "everything is not reachable at its public address"
            assert len(await alarms(d, name, "announcement:")) == 1

    run(main())

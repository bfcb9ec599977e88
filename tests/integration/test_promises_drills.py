"""Promise P3 for drills: an exercise is told to nobody, and leaves everything to look at."""

import json
from pathlib import Path

import pytest
from tocsin.schemas.principal import CommandType, Principal, Role

from fakes.deployment import deployment, person
from fakes.promises import newest, problems, run, states

PEOPLE = [person(n) for n in range(30)] + [person(n, email=None) for n in range(30, 40)]


def test_a_drill_never_reaches_the_relay_and_its_outbox_holds_every_notice_without_an_address(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised(drill=True)
            await d.approve(name)
            await d.settle()
            assert (d.relay.connections, d.relay.total) == (0, 0)
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.announced, coverage.open) == (30, 10, 0)
            assert (await newest(d, name)).state == "closed"
            outbox = tmp_path / "outbox" / name
            notices = list(outbox.rglob("*.eml"))
            assert len(notices) == len({path.stem for path in notices}) == 30
            lines = (outbox / "index.jsonl").read_text().splitlines()
            index = {json.loads(line)["reference"] for line in lines}
            assert index == {path.stem for path in notices}
            for path in outbox.rglob("*"):
                assert "@mail.example" not in path.name
                assert path.is_dir() or b"mail.example" not in path.read_bytes().lower()
            assert await problems(d) == ()

    run(main())


def test_a_drills_page_and_reports_stay_in_the_outbox_and_say_that_it_is_an_exercise(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised(drill=True)
            await d.approve(name)
            await d.settle()
            for real in ("public", "reports"):
                assert not list((tmp_path / real).rglob("*.*"))
            outbox = tmp_path / "outbox" / name
            (page,) = (outbox / "public").rglob("index.html")
            reports = list((outbox / "reports").rglob("*.html"))
            approved = {n for n, state in (await states(d, name)).items() if state == "approved"}
            assert {r.stem for r in reports} == {n for n in approved if n.startswith("report-")}
            assert len(reports) >= 3
            subjects = [path.read_text() for path in outbox.rglob("*.eml")]
            for text in (page.read_text(), *(r.read_text() for r in reports)):
                assert "EXERCISE" in text.upper() or "演练" in text
            assert all("[EXERCISE]" in text or "=E6=BC=94=E7=BB=83" in text for text in subjects)

    run(main())


def test_one_person_alone_can_drill_but_not_send_for_real(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE[:3]) as d:
            await d.runtime.door.revoke_principal(d.raiser, "ada")
            with pytest.raises(PermissionError, match="nothing may really be sent"):
                await d.raised()
            name = await d.raised(drill=True)
            second = Principal(name="otto", roles=frozenset({Role.APPROVE}))
            token = await d.runtime.door.add_principal(d.raiser, second)
            await d.runtime.door.act(token, CommandType.APPROVE, name, target="notice-r1")
            await d.settle()
            assert d.relay.total == 0
            assert len(list((tmp_path / "outbox" / name).rglob("*.eml"))) == 3

    run(main())

"""The door of in-app notices: who is shown what, and which receipts are handed in when."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from tocsin.notifiers.in_app import InApp
from tocsin.notifiers.in_app_tokens import account_token
from tocsin.returns.in_app import InAppDoor
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import ReturnCode

from fakes.push_messages import IN_APP_SECRET, in_app_settings, noticed, return_code
from fakes.relays import SENDER, collect, lease_of, run

NOW = 1_800_000_000
ANNA, BEN = "anna", "ben"


class _Desk:
    """Keeps receipts, or is away."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.away = False

    async def knows(self, code: ReturnCode) -> bool:
        return code.is_genuine(b"k" * 32)

    async def take(self, receipts: Sequence[Receipt]) -> None:
        if self.away:
            message = "the ledger cannot be reached now"
            raise Unavailable(message)
        self.receipts += receipts


class _Site(NamedTuple):
    """The organisation's site: asks the door in somebody's name."""

    session: aiohttp.ClientSession
    url: str
    desk: _Desk

    async def fetch(self, account: str, **headers: str) -> tuple[int, dict[str, Any]]:
        url = f"{self.url}/notices/{token(account)}"
        async with self.session.get(url, headers=headers) as answer:
            return answer.status, await answer.json()

    async def confirm(self, account: str, code: str) -> int:
        url = f"{self.url}/notices/{token(account)}/{code}/confirm"
        async with self.session.post(url) as answer:
            return answer.status


def token(account: str, *, expires: int = NOW + 600) -> str:
    return account_token(IN_APP_SECRET, account, expires=expires)


@asynccontextmanager
async def _site(folder: Path, **fields: Any) -> AsyncIterator[_Site]:
    settings, desk = in_app_settings(folder, **fields), _Desk()
    async with InApp(settings) as in_app:
        messages = [noticed(0, ANNA, html="<p>x</p>"), noticed(1, BEN), noticed(2, ANNA)]
        await collect(in_app.send(messages, lease_of(), sender=SENDER))
    async with (
        InAppDoor(settings, desk, clock=lambda: float(NOW)) as door,
        aiohttp.ClientSession() as session,
    ):
        yield _Site(session, door.url, desk)


def _code(seq: int) -> str:
    return str(return_code(seq))


def test_a_person_is_shown_their_own_notices(tmp_path: Path) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            status, said = await site.fetch(ANNA)
            assert status == 200
            assert [each["code"] for each in said["notices"]] == [_code(0), _code(2)]
            assert said["notices"][0] == {
                "title": "Your data was copied",
                "text": "Someone copied your data.\n\nYour reference: REF00-AAAAA",
                "html": "<p>x</p>",
                "lang": "en",
                "reference": "REF00-AAAAA",
                "code": _code(0),
                "confirmed": False,
            }
            assert await site.fetch("nobody") == (200, {"notices": []})

    run(main())


def test_the_first_fetch_is_a_receipt_and_the_second_is_none(tmp_path: Path) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            await site.fetch(ANNA)
            await site.fetch(ANNA)
            assert site.desk.receipts == [
                Receipt(return_code(seq), Heard.DELIVERED, source="in_app") for seq in (0, 2)
            ]

    run(main())


def test_a_confirmation_is_a_receipt_once_and_shows_in_the_next_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            assert await site.confirm(ANNA, _code(2)) == 204
            assert await site.confirm(ANNA, _code(2)) == 204
            assert site.desk.receipts == [Receipt(return_code(2), Heard.CONFIRMED, source="in_app")]
            _, said = await site.fetch(ANNA)
            assert [each["confirmed"] for each in said["notices"]] == [False, True]

    run(main())


def test_nobody_confirms_for_somebody_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            for code in (_code(1), str(return_code(0, rung=3)), "n-no-code", "x"):
                assert await site.confirm(ANNA, code) == 404
            assert site.desk.receipts == []

    run(main())


def test_a_notice_is_shown_while_no_receipt_can_be_handed_in_and_told_later(tmp_path: Path) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            site.desk.away = True
            status, said = await site.fetch(BEN)
            assert (status, len(said["notices"])) == (200, 1)
            assert await site.confirm(BEN, _code(1)) == 503
            site.desk.away = False
            await site.fetch(BEN)
            assert await site.confirm(BEN, _code(1)) == 204
            assert [each.heard for each in site.desk.receipts] == [Heard.DELIVERED, Heard.CONFIRMED]

    run(main())


@pytest.mark.parametrize(
    "bad",
    [
        token(ANNA, expires=NOW - 1),
        token(ANNA, expires=NOW + 90_000),
        token(ANNA)[:-1] + "x",
        "anna",
    ],
)
def test_without_a_good_token_nothing_is_shown(tmp_path: Path, bad: str) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            async with site.session.get(f"{site.url}/notices/{bad}") as answer:
                assert answer.status == 403
                assert set(await answer.json()) == {"error"}
            url = f"{site.url}/notices/{bad}/{_code(0)}/confirm"
            async with site.session.post(url) as answer:
                assert answer.status == 403
            assert site.desk.receipts == []

    run(main())


def test_answers_are_kept_by_nobody_and_read_by_named_sites_alone(tmp_path: Path) -> None:
    async def main() -> None:
        mine, other = "https://www.example.test", "https://other.example.test"
        async with _site(tmp_path, origins=(mine,)) as site:
            url = f"{site.url}/notices/{token(ANNA)}"
            async with site.session.get(url, headers={"Origin": mine}) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == mine
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Vary"] == "Origin"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
            async with site.session.get(url, headers={"Origin": other}) as answer:
                assert "Access-Control-Allow-Origin" not in answer.headers

    run(main())


def test_no_token_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with _site(tmp_path) as site:
            await site.fetch(ANNA)
            await site.confirm(ANNA, _code(9))

    with caplog.at_level(logging.DEBUG):
        run(main())
    assert not any(token(ANNA) in record.getMessage() for record in caplog.records)

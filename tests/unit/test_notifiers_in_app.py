"""In-app notices: what is stored, for whom, and that it is gone when the round is over."""

import hashlib
import hmac
import sqlite3
import stat
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tocsin.notifiers.in_app import InApp
from tocsin.notifiers.in_app_store import InAppStore
from tocsin.notifiers.in_app_tokens import account_digest, account_token, read_token
from tocsin.notifiers.sent import Sent
from tocsin.schemas.errors import InvalidInput, Unavailable
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused

from fakes.push_messages import IN_APP_SECRET, in_app_settings, noticed, payload, return_code
from fakes.relays import SENDER, collect, lease_of, run

ACCOUNT = "anna.muster@example.test"
OTHER_ROUND = "INC-22222/r3"
NOW = 1_800_000_000


async def _send(folder: Path, messages: list[Message], **fields: Any) -> dict[int, Sent]:
    async with InApp(in_app_settings(folder, **fields)) as in_app:
        return await collect(in_app.send(messages, lease_of(), sender=SENDER))


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_notice_waits_under_a_digest_and_no_account_is_written_anywhere(tmp_path: Path) -> None:
    async def main() -> None:
        sent = await _send(tmp_path, [noticed(0, ACCOUNT)])
        assert sent[0] == Sent("example", 0, Accepted(), "in_app")
        store = InAppStore(tmp_path / "in_app.db")
        (kept,) = store.of(account_digest(IN_APP_SECRET, ACCOUNT))
        assert (kept.code, kept.content) == (str(return_code(0)), payload(0))
        assert store.of(account_digest(IN_APP_SECRET, "somebody else")) == ()

    run(main())
    assert b"anna.muster" not in _everything(tmp_path)
    assert b"Someone copied your data" in _everything(tmp_path)
    for path in tmp_path.glob("in_app.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_repeat_adds_no_second_notice(tmp_path: Path) -> None:
    async def main() -> None:
        await _send(tmp_path, [noticed(0, ACCOUNT)])
        sent = await _send(tmp_path, [noticed(0, ACCOUNT), noticed(1, ACCOUNT)])
        assert {type(each.outcome) for each in sent.values()} == {Accepted}
        found = InAppStore(tmp_path / "in_app.db").of(account_digest(IN_APP_SECRET, ACCOUNT))
        assert [each.code for each in found] == [str(return_code(0)), str(return_code(1))]

    run(main())


def test_what_a_round_left_is_gone_from_the_disk_and_other_rounds_stay(tmp_path: Path) -> None:
    async def main() -> None:
        other = str(return_code(1, round_id=OTHER_ROUND))
        words = ["first words", "other words"]
        messages = [
            noticed(0, ACCOUNT, body=words[0]),
            noticed(1, ACCOUNT, body=words[1], code=other),
        ]
        async with InApp(in_app_settings(tmp_path)) as in_app:
            held.enter_context(closing(sqlite3.connect(tmp_path / "in_app.db"))).execute(
                "SELECT * FROM notices"
            ).fetchall()  # another process has the file open, so its log is not tidied away
            await collect(in_app.send(messages, lease_of(), sender=SENDER))
            assert words[0].encode() in _everything(tmp_path)
            assert await in_app.forget("INC-7K2QX/r1") == 1
            assert await in_app.forget("INC-7K2QX/r1") == 0
        (kept,) = InAppStore(tmp_path / "in_app.db").of(account_digest(IN_APP_SECRET, ACCOUNT))
        assert kept.round == OTHER_ROUND
        assert words[0].encode() not in _everything(tmp_path)
        assert words[1].encode() in _everything(tmp_path)

    with ExitStack() as held:
        run(main())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (noticed(0, ""), Reason.MALFORMED_ADDRESS),
        (noticed(0, ACCOUNT, code="no code"), Reason.REFUSED_CONTENT),
        (noticed(0, ACCOUNT)._replace(pieces=(b"no JSON",)), Reason.REFUSED_CONTENT),
    ],
)
def test_what_nobody_could_be_shown_is_refused(
    tmp_path: Path, message: Message, reason: Reason
) -> None:
    async def main() -> None:
        sent = await _send(tmp_path, [message, noticed(1, ACCOUNT)])
        assert sent[0].outcome == Refused(reason)
        assert sent[1].outcome == Accepted()

    run(main())


def test_a_store_that_cannot_be_written_puts_notices_off(tmp_path: Path) -> None:
    async def main() -> None:
        async with InApp(in_app_settings(tmp_path)) as in_app:
            with closing(sqlite3.connect(tmp_path / "in_app.db")) as db:
                db.execute("DROP TABLE notices")
                db.commit()
            sent = await collect(in_app.send([noticed(0, ACCOUNT)], lease_of(), sender=SENDER))
            assert sent[0].outcome == Deferred(Reason.RELAY_UNAVAILABLE)

    run(main())


def test_a_store_in_a_place_that_is_none_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "in_app.db").mkdir()
    with pytest.raises(Unavailable, match=r"in_app\.database"):
        run(_send(tmp_path, []))  # type: ignore[arg-type]  # ends before it returns anything


def test_a_token_is_what_its_recipe_says() -> None:
    key = IN_APP_SECRET.get_secret_value().encode()
    digest = hmac.new(key, f"account/{ACCOUNT}".encode(), hashlib.sha256).hexdigest()
    proof = hmac.new(key, f"token/{digest}/{NOW}".encode(), hashlib.sha256).hexdigest()
    assert account_token(IN_APP_SECRET, ACCOUNT, expires=NOW) == f"{digest}.{NOW}.{proof}"


def test_a_token_is_good_for_its_account_and_its_time_alone() -> None:
    token = account_token(IN_APP_SECRET, ACCOUNT, expires=NOW + 60)
    digest = account_digest(IN_APP_SECRET, ACCOUNT)
    assert read_token(IN_APP_SECRET, token, now=NOW, longest_s=3_600) == digest
    assert read_token(IN_APP_SECRET, token, now=NOW + 60, longest_s=3_600) is None
    assert read_token(IN_APP_SECRET, token, now=NOW, longest_s=59) is None
    assert read_token(SecretStr("x" * 32), token, now=NOW, longest_s=3_600) is None
    other = account_digest(IN_APP_SECRET, "somebody else")
    for changed in (
        token.replace(digest, other),
        token.replace(str(NOW + 60), str(NOW + 61)),
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        token.upper(),
        digest,
        "",
    ):
        assert read_token(IN_APP_SECRET, changed, now=NOW, longest_s=3_600) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret", SecretStr("x" * 31)),
        ("flush", 0),
        ("longest_token_s", 0),
        ("host", ""),
        ("port", 65_536),
        ("origins", ("http://www.example.test",)),
        ("origins", ("https://www.example.test/",)),
        ("origins", ("*",)),
    ],
)
def test_settings_that_cannot_work_name_the_field(tmp_path: Path, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        in_app_settings(tmp_path, **{field: value})
    assert refused.value.field == f"in_app.{field}"


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    assert "made-up-secret" not in repr(in_app_settings(tmp_path))

"""A server on this machine that answers as Twilio's Messages resource does (API 2010-04-01)."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import Any, Self

import aiohttp
from aiohttp import web

ACCOUNT = "AC" + "0f" * 16
TOKEN = "made-up-token"


class Do(StrEnum):
    """What the server does with a message for a number."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    HANG = "hang"
    CUT = "cut"


@dataclass(frozen=True)
class Answer:
    """One behaviour; `taken`: the message is sent all the same, whatever the answer."""

    do: Do = Do.ACCEPT
    status: int = 400
    code: int | None = None
    retry_after: int | None = None
    taken: bool = False


Plan = Mapping[str, Sequence[Answer]]
"""Number -> its answers in turn; the last one stays. Other numbers are accepted."""


def sign(url: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted fields, in base64."""
    said = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


@dataclass
class TwilioServer:
    """`async with TwilioServer(plan) as server`: `server.url` is the base of the API."""

    plan: Plan = field(default_factory=dict)
    hidden_for: int = 0
    """How many lists come without the messages: a new one does not show up at once."""
    lists_fail: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    """The number of every message asked for, answered or not."""
    lists: int = 0
    url: str = ""
    _callbacks: dict[str, str] = field(default_factory=dict)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._authorise])
        base = "/2010-04-01/Accounts/{account}/Messages"
        app.router.add_post(f"{base}.json", self._create)
        app.router.add_get(f"{base}.json", self._list)
        app.router.add_get(f"{base}/{{sid}}.json", self._fetch)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *ended: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    async def report(self, sid: str, status: str, *, error_code: int | None = None) -> int:
        """Post the signed status of a message to its StatusCallback; return what was answered."""
        (message,) = [m for m in self.messages if m["sid"] == sid]
        message |= {"status": status, "error_code": error_code}
        fields = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": message["from"],
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": message["to"],
        } | ({} if error_code is None else {"ErrorCode": str(error_code)})
        url = self._callbacks[sid]
        headers = {"X-Twilio-Signature": sign(url, fields)}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=fields, headers=headers) as answer,
        ):
            return answer.status

    @web.middleware
    async def _authorise(self, request: web.Request, handler: Any) -> web.StreamResponse:
        right = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {right}":
            return _refusal(401, 20003)
        if request.match_info.get("account") != ACCOUNT:
            return _refusal(404, 20404)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        to = form.get("To", "")
        for name, code in (("To", 21604), ("From", 21603), ("Body", 21602)):
            if not form.get(name):
                return _refusal(400, code)
        answers = self.plan.get(to, [Answer()])
        answer = answers[min(self.posts.count(to), len(answers) - 1)]
        self.posts.append(to)
        if answer.do is Do.ACCEPT:
            return web.json_response(self._take(form), status=201)
        if answer.taken:
            self._take(form)
        if answer.do is Do.HANG:
            await self._closing.wait()
        if answer.do is Do.REFUSE:
            return _refusal(answer.status, answer.code, answer.retry_after)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _take(self, form: Mapping[str, str]) -> dict[str, Any]:
        sid = f"SM{len(self.messages):032x}"
        now = format_datetime(datetime.now(UTC))
        self._callbacks[sid] = form.get("StatusCallback", "")
        message = {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form["From"],
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "queued",
            "to": form["To"],
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
        }
        self.messages.append(message)
        return message

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        found = [m for m in self.messages if m["sid"] == request.match_info["sid"]]
        return web.json_response(found[0]) if found else _refusal(404, 20404)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.lists += 1
        if self.lists_fail:
            return _refusal(500, None)
        shown = [] if self.lists <= self.hidden_for else self.messages[::-1]
        asked = request.query
        found = [
            m
            for m in shown
            if asked.get("To", m["to"]) == m["to"]
            and asked.get("From", m["from"]) == m["from"]
            and _is_sent_when(m["date_sent"], asked)
        ]
        size = int(asked.get("PageSize", "50"))
        page = {"page": 0, "page_size": size, "next_page_uri": None, "messages": found[:size]}
        return web.json_response(page)


def _is_sent_when(sent: str | None, asked: Mapping[str, str]) -> bool:
    """Compare days in GMT; a message that is still queued was sent on none."""
    bounds = {name: asked[name] for name in asked if name.startswith("DateSent")}
    if not bounds or sent is None:
        return not bounds
    day = parsedate_to_datetime(sent).date().isoformat()
    on, after, before = (bounds.get(f"DateSent{how}", day) for how in ("", ">", "<"))
    return day == on and after <= day <= before


def _refusal(status: int, code: int | None, retry_after: int | None = None) -> web.Response:
    said = {
        "code": code,
        "message": "made-up words with +12025550100 in them",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if code is None:
        return web.Response(status=status, text="<html>no JSON</html>", headers=headers)
    return web.json_response(said, status=status, headers=headers)

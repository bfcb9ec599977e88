"""A server on this machine that answers as Twilio does for texts and calls (API 2010-04-01)."""

import asyncio
import base64
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Self

from aiohttp import web
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN, new_call, new_text


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
    after_s: float = 0.0
    """How long an acceptance takes on its way back."""


_LONGEST_TWIML = 4000

Plan = Mapping[str, Sequence[Answer]]
"""Number -> its answers in turn; the last one stays. Other numbers are accepted."""


def rough_plan(numbers: Sequence[str], *, seed: int) -> Plan:
    """Return a plan in which one number in twenty is refused, throttled or left in doubt once."""
    chance = random.Random(seed)  # a plan, no secret
    unlucky = chance.sample(numbers, max(len(numbers) // 20, 1))
    first = (
        Answer(Do.REFUSE, status=429, code=20429),
        Answer(Do.REFUSE, status=500),
        Answer(Do.CUT, taken=True),
        Answer(Do.CUT),
        Answer(Do.REFUSE, status=503),
    )
    return {to: [first[n % len(first)], Answer()] for n, to in enumerate(unlucky)}


@dataclass
class TwilioServer:
    """`async with TwilioServer(plan) as server`: `server.url` is the base of the API."""

    plan: Plan = field(default_factory=dict)
    hidden_for: int = 0
    """How many lists come without the messages: a new one does not show up at once."""
    lists_fail: bool = False
    fetches_fail: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each text and each call was asked for with, by its Sid."""
    changes: list[tuple[str, str]] = field(default_factory=list)
    """The Sids of calls that were changed while they went on, and their new TwiML."""
    posts: list[str] = field(default_factory=list)
    """The number of every message and call asked for, answered or not."""
    lists: int = 0
    fetches: int = 0
    url: str = ""
    _asked: Counter[str] = field(default_factory=Counter)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._authorise])
        base = "/2010-04-01/Accounts/{account}/{kind:Messages|Calls}"
        app.router.add_post(f"{base}.json", self._create)
        app.router.add_get(f"{base}.json", self._list)
        app.router.add_get(f"{base}/{{sid}}.json", self._fetch)
        app.router.add_post(f"{base}/{{sid}}.json", self._change)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *ended: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    @web.middleware
    async def _authorise(self, request: web.Request, handler: Any) -> web.StreamResponse:
        right = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {right}":
            return _refusal(401, 20003)
        if request.match_info.get("account") != ACCOUNT:
            return _refusal(404, 20404)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _of(self, request: web.Request) -> list[dict[str, Any]]:
        return self.messages if request.match_info["kind"] == "Messages" else self.calls

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        kind = request.match_info["kind"]
        to = form.get("To", "")
        if (code := _missing(kind, form)) is not None:
            return _refusal(400, code)
        answers = self.plan.get(to, [Answer()])
        answer = answers[min(self._asked[to], len(answers) - 1)]
        self._asked[to] += 1
        self.posts.append(to)
        if answer.do is Do.ACCEPT:
            made = self._take(kind, form)
            await asyncio.sleep(answer.after_s)
            return web.json_response(made, status=201)
        if answer.taken:
            self._take(kind, form)
        if answer.do is Do.HANG:
            await self._closing.wait()
        if answer.do is Do.REFUSE:
            return _refusal(answer.status, answer.code, answer.retry_after)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _take(self, kind: str, form: Mapping[str, str]) -> dict[str, Any]:
        kept = self.messages if kind == "Messages" else self.calls
        sid = f"{'SM' if kind == 'Messages' else 'CA'}{len(kept):032x}"
        made = (new_text if kind == "Messages" else new_call)(sid, form)
        kept.append(made)
        self.forms[sid] = dict(form)
        return made

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        self.fetches += 1
        if self.fetches_fail:
            return _refusal(429, 20429, 30)
        found = [m for m in self._of(request) if m["sid"] == request.match_info["sid"]]
        return web.json_response(found[0]) if found else _refusal(404, 20404)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        """Give a call that goes on new TwiML ("Update a call in progress with TwiML")."""
        found = [c for c in self.calls if c["sid"] == request.match_info["sid"]]
        if not found:
            return _refusal(404, 20404)
        if found[0]["status"] != "in-progress":
            return _refusal(400, 21220)
        self.changes.append((found[0]["sid"], str((await request.post())["Twiml"])))
        return web.json_response(found[0])

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.lists += 1
        if self.lists_fail:
            return _refusal(500, None)
        kept = self._of(request)
        shown = [] if self.lists <= self.hidden_for else kept[::-1]
        asked = request.query
        found = [
            m
            for m in shown
            if asked.get("To", m["to"]) == m["to"]
            and asked.get("From", m["from"]) == m["from"]
            and _is_sent_when(m.get("date_sent"), asked)
        ]
        size = int(asked.get("PageSize", "50"))
        name = request.match_info["kind"].lower()
        page = {"page": 0, "page_size": size, "next_page_uri": None, name: found[:size]}
        return web.json_response(page)


def _missing(kind: str, form: Mapping[str, str]) -> int | None:
    """Return the code for what a form lacks, or has too much of."""
    needed = [("To", 21604 if kind == "Messages" else 21201), ("From", 21603)]
    needed.append(("Body", 21602) if kind == "Messages" else ("Twiml", 21218))
    for name, code in needed:
        if not form.get(name):
            return code
    return 21218 if len(form.get("Twiml", "")) > _LONGEST_TWIML else None


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

"""The door through which a site asks for a signed-in person's notices, and hears confirmations.

GET  /notices/{token}                  the notices of the account in the token
POST /notices/{token}/{code}/confirm   the person confirms one of them

A first fetch is a receipt that a notice was delivered; a confirmation one that it was confirmed.
Tokens: `tocsin.notifiers.in_app_tokens`. Requests are not logged, tokens stand in their paths.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import structlog
from aiohttp import web
from tocsin.notifiers.in_app_settings import InAppSettings
from tocsin.notifiers.in_app_store import InAppStore, Kept
from tocsin.notifiers.in_app_tokens import read_token
from tocsin.notifiers.notice_payload import read_payload
from tocsin.returns.desk import Desk
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import ReturnCode

SOURCE = "in_app"
"""What stands as the source in every receipt."""
_SHUTDOWN_S = 5.0
_AGAIN_AFTER_S = "5"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_log = structlog.get_logger(__name__)


class InAppDoor:
    """Listens for a site: `async with InAppDoor(settings, desk) as door`, then `door.url`.

    `clock` gives seconds since 1970.
    """

    def __init__(
        self, settings: InAppSettings, desk: Desk, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._clock = clock
        self._store = InAppStore(settings.database)
        self._runner: web.AppRunner | None = None
        self.url = ""

    def app(self) -> web.Application:
        """Return the door's routes, to be mounted elsewhere."""
        app = web.Application(middlewares=[self._answer])
        app.router.add_get("/notices/{token}", self._fetch)
        app.router.add_post("/notices/{token}/{code}/confirm", self._confirm)
        return app

    async def __aenter__(self) -> Self:
        """Open the store and listen. Raises Unavailable; OSError when the port is taken."""
        await asyncio.to_thread(self._store.open)
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.host, self._settings.port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Answer what was asked, and stop listening."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Say the same of every token that is not good, and let no cache keep anything."""
        answer: web.StreamResponse
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            answer = web.json_response({"error": refusal.reason}, status=refusal.status)
        except Unavailable:
            said = {"error": "not now, ask again"}
            answer = web.json_response(said, status=503, headers={"Retry-After": _AGAIN_AFTER_S})
        answer.headers.update(_HEADERS)
        origin = request.headers.get("Origin", "")
        if self._settings.origins:
            answer.headers["Vary"] = "Origin"
        if origin in self._settings.origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
        return answer

    async def _notices(self, request: web.Request) -> tuple[Kept, ...]:
        account = read_token(
            self._settings.secret,
            request.match_info["token"],
            now=self._clock(),
            longest_s=self._settings.longest_token_s,
        )
        if account is None:
            raise web.HTTPForbidden(reason="the token is not genuine, or not good any more")
        return await asyncio.to_thread(self._store.of, account)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        found = await self._notices(request)
        await self._tell_delivered([each for each in found if not each.delivered])
        return web.json_response({"notices": [_shown(each) for each in found]})

    async def _tell_delivered(self, fresh: Sequence[Kept]) -> None:
        """Hand receipts in; a person is shown their notice even when that is not possible now."""
        if not fresh:
            return
        codes = [code for each in fresh if (code := ReturnCode.read(each.code))]
        try:
            await self._desk.take([Receipt(code, Heard.DELIVERED, source=SOURCE) for code in codes])
            await asyncio.to_thread(self._store.note_delivered, [each.code for each in fresh])
        except Unavailable:
            _log.warning("in_app_receipts_wait", notices=len(fresh))  # the next fetch says it again

    async def _confirm(self, request: web.Request) -> web.StreamResponse:
        code = ReturnCode.read(request.match_info["code"])
        mine = {each.code: each for each in await self._notices(request)}
        if code is None or str(code) not in mine:
            raise web.HTTPNotFound(reason="no such notice for this account")
        if not mine[str(code)].confirmed:
            await self._desk.take([Receipt(code, Heard.CONFIRMED, source=SOURCE)])
            await asyncio.to_thread(self._store.note_confirmed, str(code))
        return web.Response(status=204)


def _shown(kept: Kept) -> Mapping[str, Any]:
    """Return a notice as the site gets it."""
    payload = read_payload(kept.content) or {}
    return {
        "title": payload.get("title", ""),
        "text": payload.get("body", ""),
        "html": payload.get("html", ""),
        "lang": payload.get("lang", ""),
        "reference": payload.get("reference", ""),
        "code": kept.code,
        "confirmed": kept.confirmed,
    }

"""A system of the organisation on this machine: verifies Standard Webhooks, tells each id once."""

import base64
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from tocsin.demo.http_plans import Do, HttpServer

SECRET = "whsec_" + base64.b64encode(b"made-up-secret-made-up-secret-32").decode()
_TOLERANCE_S = 300


@dataclass
class WebhookReceiver(HttpServer):
    """Takes notices at `url` + /notices."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    """webhook-id -> the body: whoever keeps ids tells nobody twice."""
    unsigned: int = 0
    now: float | None = None
    """The receiver's clock, seconds since 1970; None for the real one."""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/notices", self._take)]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        name = request.headers.get("webhook-id", "")
        at = request.headers.get("webhook-timestamp", "")
        if not self._is_signed(name, at, body, request.headers.get("webhook-signature", "")):
            self.unsigned += 1
            return web.Response(status=401)
        said = json.loads(body)
        answer = self.answer_for(said["account"])
        if answer.do is Do.ACCEPT or answer.taken:
            self.told.setdefault(name, said)
        if answer.do is not Do.ACCEPT:
            return await self.refuse(request, answer)
        return web.Response(status=204)

    def _is_signed(self, name: str, at: str, body: bytes, signatures: str) -> bool:
        now = time.time() if self.now is None else self.now
        if not at.isdigit() or abs(int(at) - now) > _TOLERANCE_S:
            return False
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")
        good = "v1," + base64.b64encode(digest).decode()
        return any(hmac.compare_digest(good, each) for each in signatures.split(" "))

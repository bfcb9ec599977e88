"""An on-call service on this machine: verifies Standard Webhooks and keeps every alarm it took."""

import base64
import hmac
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from tocsin.demo.http_plans import Do, HttpServer

from fakes.webhook_receiver import SECRET


@dataclass
class AlarmReceiver(HttpServer):
    """Takes alarms at `url` + /alarms and heartbeats at /beat."""

    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)
    """webhook-id -> the body."""
    taken: Counter[str] = field(default_factory=Counter)
    """webhook-id -> how often it came."""
    bodies: dict[str, set[bytes]] = field(default_factory=dict)
    unsigned: int = 0
    beats: list[str] = field(default_factory=list)
    """The method of every heartbeat."""
    beat_status: int = 200
    on_alarm: Callable[[], None] | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/alarms", self._take), web.route("*", "/beat", self._beat)]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        name = request.headers.get("webhook-id", "")
        at = request.headers.get("webhook-timestamp", "")
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")
        good = "v1," + base64.b64encode(digest).decode()
        if not hmac.compare_digest(good, request.headers.get("webhook-signature", "")):
            self.unsigned += 1
            return web.Response(status=401)
        said = json.loads(body)
        answer = self.answer_for(said["officer"])
        if answer.do is not Do.ACCEPT:
            return await self.refuse(request, answer)
        self.alarms[name] = said
        self.taken[name] += 1
        self.bodies.setdefault(name, set()).add(body)
        if self.on_alarm is not None:
            self.on_alarm()
        return web.Response(status=204)

    async def _beat(self, request: web.Request) -> web.StreamResponse:
        self.beats.append(request.method)
        return web.Response(status=self.beat_status)


def secret_in(folder: Path) -> str:
    """Return the path of a file that holds the secret of the receiver."""
    file = folder / "webhook.secret"
    file.write_text(SECRET, encoding="utf-8")
    return str(file)

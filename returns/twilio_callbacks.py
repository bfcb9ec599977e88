"""What Twilio calls back: statuses of texts and calls, what picked up, the keys that were pressed.

Mounted as routes of an application that may have others. Nothing is answered with success before it
is on record: Twilio comes again (`twilio_account.RETRIES`), and then whoever polls finds it.
"""

from typing import Protocol

from aiohttp import web
from tocsin.notifiers.call_script import CallScript
from tocsin.notifiers.twilio_account import TwilioAccount
from tocsin.notifiers.twilio_calls import spoken
from tocsin.notifiers.twilio_receipts import (
    CONFIRM,
    SOURCE,
    Finding,
    of_call,
    of_key,
    of_pick_up,
    of_text,
)
from tocsin.notifiers.twilio_settings import TwilioCallSettings
from tocsin.notifiers.twilio_twiml import HANG_UP
from tocsin.returns.desk import Desk
from tocsin.returns.twilio_requests import Genuine, genuine
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode


class Scripts(Protocol):
    """Whoever can render a call's content anew, byte for byte."""

    async def script(self, code: ReturnCode) -> bytes | None:
        """Return the content of the message that was sent under a code; None when it is gone."""
        ...


class Line(Protocol):
    """Reaches into a call that goes on; `TwilioCalls` is one."""

    async def leave_message(self, sid: str, content: bytes) -> bool:
        """Have the words for a machine said; returns whether they are."""
        ...


def text_routes(account: TwilioAccount, desk: Desk) -> list[web.RouteDef]:
    """Return the route for what becomes of text messages."""

    async def status(request: web.Request) -> web.Response:
        url = account.text_callback(request.match_info["code"])
        heard = await genuine(request, url, account, desk)
        fields = heard.fields
        await _take(desk, heard, of_text(fields.get("MessageStatus", ""), fields.get("ErrorCode")))
        return web.Response(status=204)

    return [web.post("/twilio/sms/{code}", status)]


def call_routes(
    settings: TwilioCallSettings, desk: Desk, scripts: Scripts, line: Line
) -> list[web.RouteDef]:
    """Return the routes for what becomes of calls, while they go on and afterwards."""

    async def status(request: web.Request) -> web.Response:
        heard = await of_ours(request)
        fields = heard.fields
        finding = of_call(
            fields.get("CallStatus", ""), fields.get("AnsweredBy"), fields.get("ErrorCode")
        )
        await _take(desk, heard, finding)
        return web.Response(status=204)

    async def answered(request: web.Request) -> web.Response:
        heard = await of_ours(request, "answered")
        answered_by = heard.fields.get("AnsweredBy", "")
        await _take(desk, heard, of_pick_up(answered_by))
        if answered_by.startswith("machine_end_"):
            content = await _script(scripts, heard.code)
            if content is not None:
                await line.leave_message(heard.fields.get("CallSid", ""), content)
        return web.Response(status=204)

    async def keys(request: web.Request) -> web.Response:
        heard = await of_ours(request, "keys")
        digits = heard.fields.get("Digits", "")
        await _take(desk, heard, of_key(digits))
        twiml = ""
        if digits != CONFIRM:  # the key for it, or one beside it
            content = await _script(scripts, heard.code)
            twiml = spoken(CallScript.read(content), settings) if content is not None else ""
        return web.Response(text=twiml or HANG_UP, content_type="application/xml")

    async def of_ours(request: web.Request, about: str = "") -> Genuine:
        url = settings.call_callback(request.match_info["code"], about)
        return await genuine(request, url, settings, desk)

    return [
        web.post("/twilio/call/{code}", status),
        web.post("/twilio/call/{code}/answered", answered),
        web.post("/twilio/call/{code}/keys", keys),
    ]


async def _take(desk: Desk, heard: Genuine, finding: Finding | None) -> None:
    if finding is None:
        return
    try:
        await desk.take([Receipt(heard.code, finding.heard, finding.reason, SOURCE)])
    except Unavailable:
        raise web.HTTPServiceUnavailable from None


async def _script(scripts: Scripts, code: ReturnCode) -> bytes | None:
    try:
        return await scripts.script(code)
    except Unavailable:
        raise web.HTTPServiceUnavailable from None

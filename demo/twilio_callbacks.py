"""The other half of the fake Twilio: it posts signed statuses to where it was asked to."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urldefrag
from xml.etree import ElementTree as ET

import aiohttp
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import TwilioServer

_SERVER_ERROR = 500


class Answered(NamedTuple):
    """What the listener answered."""

    status: int
    text: str


def sign(url: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted fields, in base64."""
    said = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


async def post(
    url: str, fields: Mapping[str, str], *, signature: str | None = None, to: str = ""
) -> Answered:
    """Post a form as Twilio does: signed for the URL without its fragment, and again on 5xx.

    The fragment says how often it comes again ("Webhooks: Connection Overrides"); without one it
    does not. `to` is where it goes when that is not the URL that was given, as behind a proxy.
    """
    plain, overrides = urldefrag(url)
    asked = parse_qs(overrides)
    retries = int(asked["rc"][0]) if "5xx" in "".join(asked.get("rp", [])).split(",") else 0
    given = sign(plain, fields) if signature is None else signature
    headers = {"X-Twilio-Signature": given, "User-Agent": "TwilioProxy/1.1"}
    async with aiohttp.ClientSession() as session:
        for left in range(retries, -1, -1):
            async with session.post(to or plain, data=fields, headers=headers) as answer:
                found = Answered(answer.status, await answer.text())
            if found.status < _SERVER_ERROR or not left:
                break
            await asyncio.sleep(0.001)
    return found


@dataclass(frozen=True)
class TwilioCallbacks:
    """What happens on the telephones, told to the listener; in the order in which a test tells it.

    `forged`: signed with another token. A callback that is told twice, late or out of turn is a
    test that tells it so.
    """

    server: TwilioServer
    forged: bool = False

    async def text(self, sid: str, status: str, *, error_code: int | None = None) -> Answered:
        """Say how a text message is now."""
        (kept,) = [m for m in self.server.messages if m["sid"] == sid]
        kept |= {"status": status, "error_code": error_code}
        fields = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": kept["from"],
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": kept["to"],
        } | ({} if error_code is None else {"ErrorCode": str(error_code)})
        return await self._post(self.server.forms[sid]["StatusCallback"], fields)

    async def call(self, sid: str, status: str, *, answered_by: str | None = None) -> Answered:
        """Say how a call is now; with what picked up, where that is known."""
        kept = self._call(sid)
        kept |= {"status": status, "answered_by": answered_by or kept["answered_by"]}
        fields = self._of_call(kept) | {"CallbackSource": "call-progress-events"}
        fields |= {} if answered_by is None else {"AnsweredBy": answered_by}
        return await self._post(self.server.forms[sid]["StatusCallback"], fields)

    async def picked_up(self, sid: str, answered_by: str) -> Answered:
        """Say what picked up, while the call goes on (`AsyncAmdStatusCallback`)."""
        kept = self._call(sid)
        kept |= {"status": "in-progress", "answered_by": answered_by}
        fields = {
            "AccountSid": ACCOUNT,
            "AnsweredBy": answered_by,
            "CallSid": sid,
            "MachineDetectionDuration": "2300",
        }
        return await self._post(self.server.forms[sid]["AsyncAmdStatusCallback"], fields)

    async def pressed(self, sid: str, digits: str) -> Answered:
        """Press a key while the script is said; return what is to follow."""
        gather = ET.fromstring(self.server.forms[sid]["Twiml"]).find("Gather")  # noqa: S314  # ours
        assert gather is not None  # noqa: S101  # every script waits for a key
        kept = self._call(sid)
        kept |= {"status": "in-progress"}
        fields = self._of_call(kept) | {"Digits": digits, "FinishedOnKey": "", "msg": "Gather End"}
        return await self._post(gather.attrib["action"], fields)

    def _call(self, sid: str) -> dict[str, Any]:
        (kept,) = [c for c in self.server.calls if c["sid"] == sid]
        return kept

    def _of_call(self, kept: Mapping[str, Any]) -> dict[str, str]:
        return {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "CallSid": kept["sid"],
            "CallStatus": kept["status"],
            "Called": kept["to"],
            "Caller": kept["from"],
            "Direction": "outbound-api",
            "From": kept["from"],
            "To": kept["to"],
        }

    async def _post(self, url: str, fields: Mapping[str, str]) -> Answered:
        plain = urldefrag(url).url
        return await post(
            url, fields, signature=sign(plain, fields, "another") if self.forged else None
        )

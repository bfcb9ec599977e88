"""Twilio's Messages resource over HTTP (API 2010-04-01): hand a text over, or look one up.

Twilio's own client is not used: it writes numbers and headers to its log, keeps the last request,
and loses Retry-After on the way to its exceptions.
"""

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import aiohttp
from tocsin.notifiers.twilio_codes import message_sid, outcome_of
from tocsin.notifiers.twilio_settings import TwilioSettings
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, SendOutcome

_OK = 200
_LONGEST_RETRY_AFTER_S = 86_400.0
# Newest first. Filtered by DateSent they would lack those that are still queued.
_PAGE = "50"
# It was taken but never arrived: no proof that the person has the text.
_FAILED = frozenset({"failed", "undelivered", "canceled"})


class Text(NamedTuple):
    """A text message as Twilio is asked for it. Its repr is never logged."""

    to: str
    sender: str
    body: str

    def __repr__(self) -> str:
        return "Text()"


class TwilioApi:
    """The requests of one account over kept connections: made and closed inside an event loop."""

    def __init__(self, settings: TwilioSettings) -> None:
        account = settings.account_sid
        right = f"{account}:{settings.auth_token.get_secret_value()}".encode()
        self._messages = f"{settings.base_url}/2010-04-01/Accounts/{account}/Messages.json"
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Basic {base64.b64encode(right).decode()}"},
            timeout=aiohttp.ClientTimeout(
                total=settings.timeout_s, sock_connect=settings.timeout_s / 2
            ),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def create(self, text: Text) -> SendOutcome:
        """Hand a text over, once, and return what became of it.

        In doubt is everything after which Twilio may have the text. aiohttp repeats no POST, and no
        redirect is followed.
        """
        form = {"To": text.to, "From": text.sender, "Body": text.body}
        try:
            async with self._session.post(
                self._messages, data=form, allow_redirects=False
            ) as answer:
                said = _read(await answer.read())
                return outcome_of(
                    answer.status,
                    code=_whole(said.get("code")),
                    sid=message_sid(said.get("sid")),
                    retry_after=_seconds(answer.headers.get("Retry-After", "")),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Deferred(Reason.RELAY_UNAVAILABLE)
        except TimeoutError:
            return InDoubt(Reason.TIMED_OUT)
        except (aiohttp.ClientError, OSError):
            return InDoubt(Reason.CONNECTION_LOST)

    async def find(self, text: Text, *, known: Collection[str]) -> str | None:
        """Return the Sid of a message with this very text, number and sender.

        Empty means that Twilio shows none, None that it could not be asked.

        `known` are the Sids of messages that are accounted for: of two people who share a phone
        and get the same words, the message of one is no proof for the other.
        """
        query = {"To": text.to, "From": text.sender, "PageSize": _PAGE}
        try:
            async with self._session.get(
                self._messages, params=query, allow_redirects=False
            ) as answer:
                said = _read(await answer.read()) if answer.status == _OK else {}
        except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
            return None
        listed = said.get("messages")
        if not isinstance(listed, list):
            return None
        for each in listed:
            sid = _sid_if_same(each, text)
            if sid and sid not in known:
                return sid
        return ""


def _sid_if_same(listed: object, text: Text) -> str:
    if not isinstance(listed, dict) or listed.get("status") in _FAILED:
        return ""
    same = Text(str(listed.get("to")), str(listed.get("from")), str(listed.get("body"))) == text
    return message_sid(listed.get("sid")) if same else ""


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _seconds(value: str) -> float | None:
    """Return Retry-After (RFC 9110 section 10.2.3) given in seconds; dates are left aside."""
    if not (value.isascii() and value.isdigit()):
        return None
    return min(float(value), _LONGEST_RETRY_AFTER_S)

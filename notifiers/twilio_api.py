"""Twilio's resources over HTTP (API 2010-04-01): hand one over, look for one, ask after one.

Twilio's own client is not used: it writes numbers and headers to its log, keeps the last request,
and loses Retry-After on the way to its exceptions.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, NamedTuple

import aiohttp
from tocsin.notifiers.twilio_account import TwilioAccount
from tocsin.notifiers.twilio_codes import call_sid, message_sid, outcome_of
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, SendOutcome

_OK = 200
_NOT_FOUND = 404
_LONGEST_RETRY_AFTER_S = 86_400.0
# Newest first. Filtered by when they were sent they would lack those that are still queued.
_PAGE = "50"


class Kind(Enum):
    """What is made at Twilio; the value is how its list is called in addresses and answers."""

    TEXT = "Messages"
    CALL = "Calls"

    def sid(self, value: object) -> str:
        """Return Twilio's name of one, or nothing where `value` is none."""
        return message_sid(value) if self is Kind.TEXT else call_sid(value)


class Listed(NamedTuple):
    """What Twilio shows between two numbers, newest first. Its repr is never logged."""

    found: tuple[Mapping[str, Any], ...]
    at: datetime | None
    """When that was, by Twilio's own clock."""

    def __repr__(self) -> str:
        return f"Listed({len(self.found)})"


class Answer(NamedTuple):
    """What came of asking after one thing: how it is, and what it means for whoever asks."""

    shown: Mapping[str, Any]
    """Empty where Twilio does not know it, or could not be asked."""
    outcome: SendOutcome | None
    """Why it could not be asked; None where it could."""

    def __repr__(self) -> str:
        return "Answer()"


class TwilioApi:
    """The requests of one account over kept connections: made and closed inside an event loop."""

    def __init__(self, account: TwilioAccount, kind: Kind) -> None:
        right = f"{account.account_sid}:{account.auth_token.get_secret_value()}".encode()
        self.kind = kind
        self._list = f"{account.base_url}/2010-04-01/Accounts/{account.account_sid}/{kind.value}"
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Basic {base64.b64encode(right).decode()}"},
            timeout=aiohttp.ClientTimeout(
                total=account.timeout_s, sock_connect=account.timeout_s / 2
            ),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def create(self, form: Mapping[str, str]) -> SendOutcome:
        """Hand something over, once, and return what became of it."""
        return await self._post(f"{self._list}.json", form)

    async def change(self, sid: str, form: Mapping[str, str]) -> SendOutcome:
        """Change what was handed over, as long as it goes on."""
        return await self._post(f"{self._list}/{sid}.json", form)

    async def _post(self, url: str, form: Mapping[str, str]) -> SendOutcome:
        """Post a form. In doubt is everything after which Twilio may have it.

        aiohttp repeats no POST, and no redirect is followed.
        """
        try:
            async with self._session.post(url, data=form, allow_redirects=False) as answer:
                said = _read(await answer.read())
                return self._meaning(answer, said)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Deferred(Reason.RELAY_UNAVAILABLE)
        except TimeoutError:
            return InDoubt(Reason.TIMED_OUT)
        except (aiohttp.ClientError, OSError):
            return InDoubt(Reason.CONNECTION_LOST)

    def _meaning(self, answer: aiohttp.ClientResponse, said: Mapping[str, Any]) -> SendOutcome:
        return outcome_of(
            answer.status,
            code=_whole(said.get("code")),
            sid=self.kind.sid(said.get("sid")),
            retry_after=_seconds(answer.headers.get("Retry-After", "")),
        )

    async def between(self, to: str, sender: str) -> Listed | None:
        """Return the newest fifty that `sender` sent to `to`; None if it could not be asked."""
        query = {"To": to, "From": sender, "PageSize": _PAGE}
        try:
            async with self._session.get(
                f"{self._list}.json", params=query, allow_redirects=False
            ) as answer:
                said = _read(await answer.read()) if answer.status == _OK else {}
                at = _instant(answer.headers.get("Date", ""))
        except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
            return None
        listed = said.get(self.kind.value.lower())
        if not isinstance(listed, list):
            return None
        return Listed(tuple(each for each in listed if isinstance(each, dict)), at)

    async def fetch(self, sid: str) -> Answer:
        """Return how one of them is now."""
        try:
            async with self._session.get(
                f"{self._list}/{sid}.json", allow_redirects=False
            ) as answer:
                said = _read(await answer.read())
                if answer.status == _OK:
                    return Answer(said, None)
                return Answer(
                    {}, None if answer.status == _NOT_FOUND else self._meaning(answer, said)
                )
        except (aiohttp.ClientError, OSError):
            return Answer({}, Deferred(Reason.RELAY_UNAVAILABLE))


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


def _instant(value: str) -> datetime | None:
    """Return an HTTP date (RFC 9110 section 5.6.7) as an instant."""
    try:
        return parsedate_to_datetime(value)
    except ValueError:
        return None

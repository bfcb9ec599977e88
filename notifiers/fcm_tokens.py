"""Access tokens of Google: a signed assertion for a token, kept until shortly before its end.

RFC 7523 with RS256 (RFC 7518 section 3.3), as "Using OAuth 2.0 for Server to Server Applications"
of Google Identity asks for it. None of Google's libraries is needed.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tocsin.notifiers.fcm_settings import ServiceAccount
from tocsin.notifiers.http_post import Answer, post
from tocsin.schemas.outcome import Deferred, Reason

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTED_S = 3_600
_RENEWED_BEFORE_S = 300.0
_RENEWED_BEFORE_SHARE = 0.1
_OK = 200
_BUSY = 429
_SERVER_ERRORS = 500


class AccessTokens:
    """The access token of one service account. `clock` gives seconds since 1970."""

    def __init__(
        self, account: ServiceAccount, session: aiohttp.ClientSession, clock: Callable[[], float]
    ) -> None:
        self._account = account
        self._session = session
        self._clock = clock
        self._token = ""
        self._good_until = 0.0
        self._renewing = asyncio.Lock()

    async def token(self) -> str | Deferred:
        """Return a token that is good for a while, or what becomes of a message without one."""
        async with self._renewing:
            if self._token and asyncio.get_running_loop().time() < self._good_until:
                return self._token
            return await self._renew()

    def forget(self, token: str) -> None:
        """Do not use a token any more that was refused."""
        if token == self._token:
            self._token = ""

    async def _renew(self) -> str | Deferred:
        form = {"grant_type": GRANT, "assertion": assertion(self._account, self._clock())}
        answer = await post(self._session, self._account.token_url, form, {})
        if not isinstance(answer, Answer):
            return Deferred(Reason.RELAY_UNAVAILABLE)  # nothing of the message has left
        if answer.status == _BUSY or answer.status >= _SERVER_ERRORS:
            return Deferred(Reason.RELAY_UNAVAILABLE, answer.retry_after)
        said = _read(answer.body) if answer.status == _OK else {}
        token, lasts = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not isinstance(lasts, int | float) or not token.isascii():
            return Deferred(Reason.RELAY_REFUSED_US)
        early = min(_RENEWED_BEFORE_S, lasts * _RENEWED_BEFORE_SHARE)
        self._token = token
        self._good_until = asyncio.get_running_loop().time() + lasts - early
        return token


def assertion(account: ServiceAccount, now: float) -> str:
    """Return the signed assertion (JWT) that asks for a token; `now` in seconds since 1970."""
    head = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    claims = {
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_url,
        "iat": int(now),
        "exp": int(now) + _ASSERTED_S,
    }
    signed = _part(json.dumps(head).encode()) + "." + _part(json.dumps(claims).encode())
    signature = account.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_part(signature)}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

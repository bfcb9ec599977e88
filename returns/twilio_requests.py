"""Whether a request really comes from Twilio, and about which notice; nothing of it is kept."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from aiohttp import web
from tocsin.notifiers.twilio_account import TwilioAccount
from tocsin.notifiers.twilio_receipts import is_signed
from tocsin.returns.desk import Desk
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.identifiers import ReturnCode

LARGEST = 16_384
"""Bytes that a body may have; Twilio's have one or two thousand."""
_MOST_FIELDS = 200
_BODY_WAIT_S = 10.0


class Genuine(NamedTuple):
    """A signed request about a notice that was ours. Its repr is never logged."""

    code: ReturnCode
    fields: Mapping[str, str]

    def __repr__(self) -> str:
        return "Genuine()"


async def genuine(request: web.Request, url: str, account: TwilioAccount, desk: Desk) -> Genuine:
    """Check a request that came in for `url`, as Twilio was given it.

    Raises:
        web.HTTPException: 413 and 408 for a body that is too large or too slow, 403 for one without
            our account's signature, 404 where nobody knows the code, 503 while nobody can tell.
    """
    body = await _body(request)
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise web.HTTPForbidden from None  # Twilio signs forms, and this is none
    signature = request.headers.get("X-Twilio-Signature", "")
    if request.query_string or not is_signed(signature, url, fields, account.auth_token):
        raise web.HTTPForbidden
    code = ReturnCode.read(request.match_info["code"])
    try:
        known = code is not None and await desk.knows(code)
    except Unavailable:
        raise web.HTTPServiceUnavailable from None
    if code is None or not known:
        raise web.HTTPNotFound
    return Genuine(code, dict(fields))


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
    body = b""
    try:
        async with asyncio.timeout(_BODY_WAIT_S):
            while part := await request.content.readany():
                body += part
                if len(body) > LARGEST:
                    raise web.HTTPRequestEntityTooLarge(LARGEST, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return body

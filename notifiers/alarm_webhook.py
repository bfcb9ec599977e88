"""Alarms to a system of the organisation, such as an on-call service: signed requests."""

import json
from collections.abc import Mapping

from tocsin.notifiers.http_post import Answer, new_session, post
from tocsin.notifiers.webhook import signature
from tocsin.schemas.outcome import Accepted, Deferred, Reason, SendOutcome

_TAKEN = range(200, 300)
_NOT_NOW = 429
_SERVER_ERRORS = 500


async def post_alarm(
    url: str,
    key: bytes,
    body: Mapping[str, object],
    *,
    name: str,
    at: int,
    timeout_s: float = 10.0,
) -> SendOutcome:
    """Post one alarm, signed as Standard Webhooks 1.0 has it, and return what became of it.

    `name` is the same whenever the alarm is sent again: a receiver that keeps those alarms once.
    `at` is now, in seconds since 1970. Nothing here is final: whoever is to be alarmed is tried
    again, and an address that is wrong is put right by a person.
    """
    content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    stamp = str(at)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(key, name, stamp, content),
    }
    session = new_session(connections=1, timeout_s=timeout_s)
    async with session:
        answer = await post(session, url, content, headers)
    if not isinstance(answer, Answer):
        return answer
    if answer.status in _TAKEN:
        return Accepted()
    if answer.status == _NOT_NOW:
        return Deferred(Reason.RATE_LIMITED, answer.retry_after)
    if answer.status >= _SERVER_ERRORS:
        return Deferred(Reason.TEMPORARY_FAILURE, answer.retry_after)
    return Deferred(Reason.RELAY_REFUSED_US)

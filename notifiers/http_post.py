"""One POST, and what it came to where no answer came: shared by what hands over by HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, Refused, SendOutcome
from yarl import URL

_LONGEST_RETRY_AFTER_S = 86_400.0
_LONGEST_ANSWER = 65_536
_SERVER_ERRORS = 500
_UNREACHED = Deferred(Reason.RELAY_UNAVAILABLE)


class Answer(NamedTuple):
    """What a server said. `retry_after` in seconds, None where it named no time."""

    status: int
    retry_after: float | None = None
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Answer({self.status})"


def new_session(
    *, connections: int, timeout_s: float, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """Return a session that keeps its connections and no cookie. Made inside an event loop.

    `timeout_s` is the longest wait for one answer, half of it for a connection, in seconds.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, resolver=resolver),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=timeout_s / 2),
    )


async def post(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes | Mapping[str, str],
    headers: Mapping[str, str],
) -> Answer | Deferred | Refused | InDoubt:
    """Ask once and return the answer, or what became of the message without one.

    Put off is what never left: no connection stood. In doubt is everything after which the server
    may have it. aiohttp repeats no POST, and no redirect is followed. `url` is in its encoded form;
    the first 65,536 bytes of an answer are read.
    """
    try:
        async with session.post(
            URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
        ) as answer:
            said = await answer.content.read(_LONGEST_ANSWER)
            return Answer(answer.status, _retry_after(answer.headers), said)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        cause = getattr(error, "os_error", None)
        return cause.outcome if isinstance(cause, NoSuchPlace) else _UNREACHED
    except TimeoutError:
        return InDoubt(Reason.TIMED_OUT)
    except (aiohttp.ClientError, OSError):
        return InDoubt(Reason.CONNECTION_LOST)


def translated(answer: Answer, meanings: Mapping[int, SendOutcome]) -> SendOutcome:
    """Return what a status means by a notifier's table, with the time that the answer named.

    Not in the table: an error on the other side leaves the message in doubt, it may be on its way;
    everything else puts it off and is never held against the person.
    """
    meaning = meanings.get(answer.status)
    if meaning is None:
        if answer.status >= _SERVER_ERRORS:
            return InDoubt(Reason.TEMPORARY_FAILURE)
        meaning = Deferred(Reason.PROTOCOL_ERROR)
    if isinstance(meaning, Deferred) and answer.retry_after is not None:
        return Deferred(meaning.reason, answer.retry_after)
    return meaning


class NoSuchPlace(OSError):
    """A name leads nowhere that is asked, as a session's resolver found.

    `outcome` is what becomes of a message that should go there.
    """

    def __init__(self, outcome: Deferred | Refused) -> None:
        super().__init__("nowhere that is asked")
        self.outcome = outcome


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return Retry-After (RFC 9110 section 10.2.3) in seconds; a date counts from the answer's."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST_RETRY_AFTER_S)
    if not said:
        return None
    then, now = _date(said), _date(headers.get("Date", ""))
    if then is None or now is None:
        return None
    return min(max(0.0, (then - now).total_seconds()), _LONGEST_RETRY_AFTER_S)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

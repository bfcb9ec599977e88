"""The questions to a directory service over HTTP: all of them only read, so all may be repeated."""

import asyncio
import json
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NoReturn, Self

import aiohttp
from tocsin.directories.http_settings import HttpSettings
from tocsin.directories.http_wire import Answer, read
from tocsin.schemas.errors import InvalidInput, Unavailable

_LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; a page of 5,000 people with addresses has some 5 MB."""
_PIECE = 64 * 1024
_LONGEST_WAIT_S = 30.0
_OK, _REFUSED, _UNAUTHORISED, _FORBIDDEN, _GONE_ON = 200, 400, 401, 403, 409
_UNFIT = 422
_SERVER_ERROR = 500
_COMES_BACK = frozenset({429, 502, 503, 504})
_PLACE = re.compile(
    r"scope\.(where|except_where)\[\d{1,4}\]"
    r"\.(column|equals|any_of(\[\d{1,5}\])?|since|until)"
)
_FIX = "look at the service, then try again"


class HttpApi:
    """Kept connections to one service: `async with HttpApi(settings) as api`."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Make ready; a connection is made when a question needs it."""
        token = self._settings.token.get_secret_value()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout_s),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(
        self,
        expected: type[Answer],
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to one question; without a body it is a GET.

        A service that does not answer, or says that it will later, is asked again after a growing
        wait.

        Raises:
            InvalidInput: it refuses the question, or answers otherwise than agreed.
            Unavailable: it does not answer now.

        """
        wait = self._settings.wait_s
        for left in reversed(range(self._settings.tries)):
            try:
                return read(expected, await self._once(path, body, query))
            except _LaterError as later:
                if not left:
                    message = f"the directory service does not answer ({later})"
                    raise Unavailable(message, field="directory.url", fix=_FIX) from None
                await asyncio.sleep(min(max(wait, later.after_s), _LONGEST_WAIT_S))
                wait *= 2
        raise AssertionError  # the last try returns or raises

    async def _once(
        self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> bytes:
        if self._session is None:
            message = "the service is asked outside its `async with`"
            raise RuntimeError(message)
        try:
            async with self._session.request(
                "GET" if body is None else "POST",
                f"{self._settings.base_url.rstrip('/')}/{path}",
                params=query,
                data=None if body is None else json.dumps(body).encode(),
                headers={} if body is None else {"Content-Type": "application/json"},
                allow_redirects=False,
            ) as answer:
                content = await _bounded(answer.content)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            raise _LaterError(type(error).__name__) from None
        if answer.status != _OK:
            _refuse(answer.status, content, answer.headers.get("Retry-After", ""))
        return content


class _LaterError(Exception):
    """The service may answer when it is asked again, after so many seconds."""

    def __init__(self, said: str, after_s: float = 0) -> None:
        super().__init__(said)
        self.after_s = after_s


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    parts, size = [], 0
    async for part in content.iter_chunked(_PIECE):
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER:
            message = f"the directory service answers with more than {_LARGEST_ANSWER:,} bytes"
            fix = "let it keep to the limit that it is asked for"
            raise InvalidInput(message, field="directory.answer", fix=fix)
    return b"".join(parts)


def _refuse(status: int, content: bytes, retry_after: str) -> NoReturn:
    """Raise what a status other than 200 means; the service's own words are not repeated."""
    if status in _COMES_BACK:
        is_seconds = retry_after.isascii() and retry_after.isdigit()
        said = f"status {status}"
        raise _LaterError(said, float(retry_after) if is_seconds else 0)
    if status in {_UNAUTHORISED, _FORBIDDEN}:
        message = f"the directory service does not take the token (status {status})"
        raise InvalidInput(message, field="directory.token", fix="give it the token that it knows")
    if status in {_REFUSED, _UNFIT}:
        message = f"the directory service cannot answer this question (status {status})"
        fix = "correct the condition; `tocsin directory check` shows what is there"
        raise InvalidInput(message, field=_place(content), fix=fix)
    message = f"the directory service answers with status {status}"
    if status == _GONE_ON:
        message = "the directory service no longer holds the state in which the stream began"
    if status == _GONE_ON or status >= _SERVER_ERROR:
        raise Unavailable(message, field="directory.url", fix=_FIX)
    raise InvalidInput(message, field="directory.url", fix="name the address of the service itself")


def _place(content: bytes) -> str:
    """Return the place in the scope that the service names, if it is one."""
    try:
        said = json.loads(content)
    except ValueError:
        return "scope"
    named = said.get("field") if isinstance(said, dict) else None
    return named if isinstance(named, str) and _PLACE.fullmatch(named) else "scope"

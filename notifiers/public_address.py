"""What the public gets: files fetched over HTTP from where an announcement can be read."""

import asyncio
import hashlib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any

from tocsin.schemas.errors import Unavailable

_TIMEOUT_S = 10.0
_MOST_BYTES = 1_000_000
_TRIES = 2
_GONE = frozenset({403, 404, 410})


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects within a host alone: another host shows what nobody published."""

    def redirect_request(
        self, req: urllib.request.Request, *answer: Any
    ) -> urllib.request.Request | None:
        """Return the next request, or None to take the redirect itself as the answer."""
        there = urllib.parse.urlsplit(answer[-1])
        if there.netloc != urllib.parse.urlsplit(req.full_url).netloc:
            return None
        return super().redirect_request(req, *answer)


class PublicAddress:
    """The URL under which the folder of all announcements can be read."""

    def __init__(self, url: str) -> None:
        """Take the URL, with or without a slash at its end."""
        self._url = url.rstrip("/") + "/"
        self._opener = urllib.request.build_opener(_SameHost)

    def of(self, name: str) -> str:
        """Return the URL of an announcement's folder, with a slash at its end."""
        return f"{self._url}{urllib.parse.quote(name)}/"

    async def seen(self, name: str, paths: Sequence[str]) -> Mapping[str, str]:
        """Return path -> SHA-256 of what a reader gets; "" for what they do not get.

        Raises:
            Unavailable: nothing answers there now.
        """
        return {path: await asyncio.to_thread(self._fetch, name, path) for path in paths}

    def _fetch(self, name: str, path: str) -> str:
        request = urllib.request.Request(  # noqa: S310  # the settings take http and https alone
            self.of(name) + urllib.parse.quote(path),
            headers={
                "Cache-Control": "no-cache",
                "Accept-Encoding": "identity",
                "User-Agent": "tocsin",
            },
        )
        for _ in range(_TRIES):
            try:
                with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                    return hashlib.sha256(answer.read(_MOST_BYTES)).hexdigest()
            except urllib.error.HTTPError as error:
                error.close()
                if error.code in _GONE or error.code < 400:  # noqa: PLR2004  # a redirect elsewhere
                    return ""
            except (OSError, HTTPException):
                continue
        message = "the public address of announcements does not answer"
        raise Unavailable(
            message, field="output.announcements_url", fix="check it, try again"
        ) from None

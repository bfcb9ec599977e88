"""A push service on this machine (RFC 8030), and the browsers behind it that decrypt (RFC 8291)."""

import base64
import json
import time
from dataclasses import dataclass, field
from functools import cached_property

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from py_vapid import Vapid02
from tocsin.demo.http_plans import Do, HttpServer

_LONGEST_TOKEN_S = 86_400
_LONGEST_BODY = 4_096


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def decrypted(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Return the plaintext of a message in one record (RFC 8291 section 3.4, RFC 8188)."""
    salt, record_size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= record_size
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    info = b"WebPush: info\x00" + raw_point(key) + sender
    secret = _hkdf(auth, key.exchange(ec.ECDH(), point), info, 32)
    content_key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
    padded = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\x00")
    assert padded.endswith(b"\x02")
    return padded[:-1]


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass
class Browser:
    """One browser: its keys are computed from its name, so that another process has the same."""

    name: str

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self.name.encode()) + 1, ec.SECP256R1())

    @property
    def auth(self) -> bytes:
        return self.name.encode().ljust(16, b".")[:16]

    def subscription(self, url: str) -> str:
        """Return what `JSON.stringify(subscription)` gives in a browser."""
        keys = {"p256dh": b64url(raw_point(self.key)), "auth": b64url(self.auth)}
        endpoint = f"{url}/wpush/{self.name}"
        return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def decrypt(self, body: bytes) -> bytes:
        return decrypted(body, self.key, self.auth)


@dataclass
class PushService(HttpServer):
    """Takes messages for browsers by name, signed with `application_key` (base64url)."""

    application_key: str = ""
    waiting: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """(browser, topic) -> the plaintext that waits: a repeat replaces it (section 5.4)."""
    tokens: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    """What was not as the RFCs ask."""
    _browsers: dict[str, Browser] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/wpush/{browser}", self._push)]

    def browser(self, name: str) -> Browser:
        return self._browsers.setdefault(name, Browser(name))

    async def _push(self, request: web.Request) -> web.StreamResponse:
        authorization = request.headers.get("Authorization", "")
        if authorization not in self.tokens and not self._is_genuine(authorization):
            return web.Response(status=403, text="BadJwtToken")
        self.tokens.add(authorization)
        body, topic = await request.read(), request.headers.get("Topic", "")
        problem = self._problem(request, body)
        if problem:
            self.wrong.append(problem)
            return web.Response(status=400, text=problem)
        name = request.match_info["browser"]
        answer = self.answer_for(name)
        if answer.do is Do.ACCEPT or answer.taken:
            self.waiting[name, topic] = self.browser(name).decrypt(body)
            self.headers.append({key.lower(): value for key, value in request.headers.items()})
        if answer.do is not Do.ACCEPT:
            return await self.refuse(request, answer)
        location = f"{self.url}/message/{name}-{len(self.waiting)}"
        return web.Response(status=201, headers={"Location": location})

    def _is_genuine(self, authorization: str) -> bool:
        """Check a VAPID header (RFC 8292 sections 2 and 3)."""
        if not authorization.startswith("vapid t=") or not Vapid02.verify(authorization):
            return False
        token, _, key = authorization.removeprefix("vapid t=").partition(",k=")
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        soon = 0 < claims["exp"] - time.time() <= _LONGEST_TOKEN_S
        return key == self.application_key and claims["aud"] == self.url and soon

    def _problem(self, request: web.Request, body: bytes) -> str:
        topic = request.headers.get("Topic", "")
        if not request.headers.get("TTL", "").isdigit():
            return "TTL is missing (RFC 8030 section 5.2)"
        if request.headers.get("Urgency") not in {"very-low", "low", "normal", "high"}:
            return "Urgency is none (section 5.3)"
        if len(topic) > 32 or not topic.replace("-", "").replace("_", "").isalnum():
            return "Topic is none (section 5.4)"
        if request.headers.get("Content-Encoding") != "aes128gcm" or len(body) > _LONGEST_BODY:
            return "not a record of aes128gcm (RFC 8188), or too long"
        return ""

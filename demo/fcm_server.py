"""Google on this machine: the token endpoint, and messages:send of the FCM HTTP v1 API."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tocsin.demo.http_plans import Answer, Do, HttpServer

PROJECT = "made-up-project"
EMAIL = f"sender@{PROJECT}.example.test"
_LONGEST_COLLAPSE_ID = 64
_DATA_KEYS_KEPT = ("from", "message_type")


@cache
def account_key() -> rsa.RSAPrivateKey:
    """Return the private key of the made-up service account, drawn once per process."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def service_account(url: str) -> str:
    """Return the JSON that the console would make, with a key of this process."""
    pem = account_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    said = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "made-up-key",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
    return json.dumps(said)


def error(status: int, code: str, *, field_at_fault: str = "", words: str = "made up") -> Answer:
    """Return an error as the API words it."""
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    ]
    if field_at_fault:
        blamed = {"field": field_at_fault, "description": words}
        kind = "type.googleapis.com/google.rpc.BadRequest"
        details.append({"@type": kind, "fieldViolations": [blamed]})
    said = {"code": status, "message": words, "status": "CANONICAL", "details": details}
    return Answer(Do.REFUSE, status=status, body={"error": said})


@dataclass
class FcmServer(HttpServer):
    """Takes messages for registration tokens. `lasts_s`: how long an access token is good."""

    lasts_s: float = 3_599
    token_answers: list[Answer] = field(default_factory=list)
    """What the token endpoint says first, before it gives tokens."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(token, collapse key) -> the message that the telephone shows."""
    granted: int = 0
    unauthenticated: int = 0
    """How many came with an access token that was not good any more."""
    revoked: set[str] = field(default_factory=set)
    _good_until: dict[str, float] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Return the two endpoints."""
        send = f"/v1/projects/{PROJECT}/messages:send"
        return [web.post("/token", self._grant), web.post(send, self._send)]

    async def _grant(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if self.token_answers:
            return await self.refuse(request, self.token_answers.pop(0))
        right = form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        if not right or not self._is_genuine(str(form.get("assertion"))):
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.granted += 1
        token = f"ya29.{self.granted}"
        self._good_until[token] = asyncio.get_running_loop().time() + self.lasts_s
        said = {"access_token": token, "expires_in": self.lasts_s, "token_type": "Bearer"}
        return web.json_response(said)

    def _is_genuine(self, assertion: str) -> bool:
        """Check an assertion (RFC 7523 section 3) signed with RS256."""
        signed, _, signature = assertion.rpartition(".")
        head, claims = (json.loads(_part(each)) for each in signed.split("."))
        account_key().public_key().verify(
            _part(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        now = time.time()
        return bool(
            head == {"alg": "RS256", "typ": "JWT", "kid": "made-up-key"}
            and claims["iss"] == EMAIL
            and claims["aud"] == f"{self.url}/token"
            and claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
            and claims["iat"] <= now + 1
            and now < claims["exp"] <= claims["iat"] + 3_600
        )

    async def _send(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        good_until = 0 if token in self.revoked else self._good_until.get(token, 0)
        if good_until <= asyncio.get_running_loop().time():
            self.unauthenticated += 1
            said = {"code": 401, "message": "made up", "status": "UNAUTHENTICATED"}
            return web.json_response({"error": said}, status=401)
        message = (await request.json())["message"]
        if not all(isinstance(each, str) for each in message["data"].values()):
            return await self.refuse(request, error(400, "INVALID_ARGUMENT"))
        if set(message["data"]) & set(_DATA_KEYS_KEPT):
            return await self.refuse(request, error(400, "INVALID_ARGUMENT"))
        if len(message["apns"]["headers"]["apns-collapse-id"]) > _LONGEST_COLLAPSE_ID:
            return await self.refuse(request, error(400, "INVALID_ARGUMENT"))
        answer = self.answer_for(message["token"])
        if answer.do is Do.ACCEPT or answer.taken:
            self.messages.append(message)
            self.shown[message["token"], message["android"]["collapse_key"]] = message
        if answer.do is not Do.ACCEPT:
            return await self.refuse(request, answer)
        name = f"projects/{PROJECT}/messages/0:{len(self.messages)}%31bd1c96"
        return web.json_response({"name": name})


def _part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

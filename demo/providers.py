"""The paid services of the demo as servers on this machine: Twilio's texts, Firebase's pushes."""

import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tocsin.demo.fcm_server import FcmServer, error, service_account
from tocsin.demo.provider_plan import ProviderPlan
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import Answer, Do, TwilioServer

_NO_MOBILE = 21614
"""Twilio: the number is none that takes texts."""


@dataclass(frozen=True, slots=True)
class Providers:
    """The servers that are up, and what happens to whom."""

    plan: ProviderPlan
    texts: TwilioServer
    pushes: FcmServer
    callbacks: int
    """The port on which Tocsin listens for what comes back."""

    @property
    def values(self) -> Mapping[str, object]:
        """What the configuration says of them."""
        return {
            "account": ACCOUNT,
            "texts_url": self.texts.url,
            "pushes_url": self.pushes.url,
            "callbacks": self.callbacks,
        }

    def write_secrets(self, folder: Path) -> None:
        """Write the made-up secrets that the configuration names."""
        for name, secret in (("texts", TOKEN), ("pushes.json", service_account(self.pushes.url))):
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(secret, "utf-8")

    def write_logs(self, folder: Path) -> None:
        """Write a line for everything that was taken over: which text for which number, token."""
        texts = [{"to": m["to"], "body": m["body"], "sid": m["sid"]} for m in self.texts.messages]
        pushes = [
            {"token": m["token"], "notice": m["android"]["collapse_key"]}
            for m in self.pushes.messages
        ]
        for name, lines in (("texts.jsonl", texts), ("pushes.jsonl", pushes)):
            written = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
            (folder / name).write_text(written, "utf-8")


@asynccontextmanager
async def open_providers(plan: ProviderPlan) -> AsyncIterator[Providers]:
    """Run both servers; dead phones and tokens are refused as the real ones word it."""
    landline = Answer(Do.REFUSE, status=400, code=_NO_MOBILE)
    texts = {number: [landline] for number, fate in plan.phones.items() if fate == "landline"}
    pushes = {token: [error(404, "UNREGISTERED")] for token in plan.apps}
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(TwilioServer(texts))
        fcm = await stack.enter_async_context(FcmServer(pushes))
        yield Providers(plan, twilio, fcm, _free_port())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port

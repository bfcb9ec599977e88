"""How an account at Twilio is reached, how fast, and where Twilio says what became of things."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr
from tocsin.notifiers.http_settings import refuse_unless
from tocsin.notifiers.relay_settings import is_loopback

RETRIES = "#rc=5&rp=5xx,ct,rt"
"""Asks Twilio to come again when it was not served ("Webhooks: Connection Overrides"): by default
it does so only where no connection stood. Never part of a request."""
SECTION = "twilio"
"""Where the settings of every channel at Twilio say that they are wrong."""
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """One account at Twilio: what the settings of its channels have in common.

    `timeout_s` is the longest wait for one answer, in seconds. `look_up_after_s` are the waits, one
    after the other, before each look for a message whose answer never came: a new one does not show
    up at once. `rate_per_s` is how many requests start in a second at most, in this process.
    `base_url` is Twilio's own, or that of a server on this machine. `public_url` is where Twilio
    reaches the listener of `returns/twilio_callbacks.py`; empty: nothing is called back.
    """

    account_sid: str
    auth_token: SecretStr = field(repr=False)
    base_url: str = "https://api.twilio.com"
    public_url: str = ""
    timeout_s: float = 15.0
    look_up_after_s: tuple[float, ...] = (1.0, 3.0, 6.0)
    rate_per_s: float = 100.0

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or the token would go out unencrypted.
        """
        base, public = urlsplit(self.base_url), urlsplit(self.public_url)
        checks = (
            (
                self.account_sid.isascii() and self.account_sid.isalnum(),
                "account_sid",
                "not the Sid of an account",
                "copy it from Twilio's console",
            ),
            (
                bool(self.auth_token.get_secret_value()),
                "auth_token",
                "a token is missing",
                "copy it from Twilio's console",
            ),
            (
                base.scheme in {"http", "https"} and bool(base.hostname),
                "base_url",
                "not the address of a server",
                "leave it out",
            ),
            (
                base.scheme == "https" or is_loopback(base.hostname or ""),
                "base_url",
                "the token would cross the network unencrypted",
                "write https",
            ),
            (
                not self.public_url
                or (
                    (public.scheme == "https" or is_loopback(public.hostname or ""))
                    and self.public_url == f"{public.scheme}://{public.netloc}{public.path}"
                    and _PLAIN_PATH.fullmatch(public.path) is not None
                ),
                "public_url",
                "not an address under which the listener can be reached",
                "write https, a host and a path, without a slash at the end",
            ),
            (self.timeout_s > 0, "timeout_s", "a wait needs a length", "write seconds above 0"),
            (
                all(wait >= 0 for wait in self.look_up_after_s),
                "look_up_after_s",
                "a wait cannot be negative",
                "write seconds, 0 or more",
            ),
            (self.rate_per_s > 0, "rate_per_s", "a rate of nothing", "write a number above 0"),
        )
        refuse_unless(SECTION, checks)

    def text_callback(self, code: str) -> str:
        """Return where Twilio says what became of a text message, or nothing."""
        return self._callback("sms", code)

    def call_callback(self, code: str, about: str = "") -> str:
        """Return where Twilio says what became of a call; `about`: `keys` or `answered`."""
        return self._callback("call", f"{code}/{about}" if about else code)

    def _callback(self, kind: str, path: str) -> str:
        return f"{self.public_url}/twilio/{kind}/{path}" if self.public_url else ""

"""How Twilio is reached: which account, with what right, and as which senders."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr
from tocsin.notifiers.relay_settings import is_loopback
from tocsin.notifiers.sms_readiness import SmsSender
from tocsin.schemas.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """One account at Twilio, which sends text messages.

    `timeout_s` is the longest wait for one answer, in seconds. `look_up_after_s` are the waits, one
    after the other, before each look for a message whose answer never came: a new one does not show
    up at once. `base_url` is Twilio's own, or that of a server on this machine.
    """

    account_sid: str
    auth_token: SecretStr = field(repr=False)
    senders: tuple[SmsSender, ...]
    base_url: str = "https://api.twilio.com"
    timeout_s: float = 15.0
    look_up_after_s: tuple[float, ...] = (1.0, 3.0, 6.0)

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or the token would go out unencrypted.
        """
        url = urlsplit(self.base_url)
        secure = url.scheme == "https" or is_loopback(url.hostname or "")
        names = [sender.name for sender in self.senders]
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
                bool(names) and len(set(names)) == len(names) and all(names),
                "senders",
                "every sender needs a name of its own, and there must be one",
                "name at least one sender, each once",
            ),
            (
                url.scheme in {"http", "https"} and bool(url.hostname),
                "base_url",
                "not the address of a server",
                "leave it out",
            ),
            (secure, "base_url", "the token would cross the network unencrypted", "write https"),
            (self.timeout_s > 0, "timeout_s", "a wait needs a length", "write seconds above 0"),
            (
                all(wait >= 0 for wait in self.look_up_after_s),
                "look_up_after_s",
                "a wait cannot be negative",
                "write seconds, 0 or more",
            ),
        )
        for holds, name, message, fix in checks:
            if not holds:
                raise InvalidInput(message, field=f"twilio.{name}", fix=fix)

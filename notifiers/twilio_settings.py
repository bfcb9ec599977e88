"""As which senders and from which numbers Twilio is asked to send texts and to call."""

import re
from dataclasses import dataclass

from tocsin.notifiers.http_settings import refuse_unless
from tocsin.notifiers.sms_readiness import SmsSender
from tocsin.notifiers.twilio_account import SECTION, TwilioAccount

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_RING_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings(TwilioAccount):
    """One account at Twilio, which sends text messages."""

    senders: tuple[SmsSender, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or the token would go out unencrypted.
        """
        TwilioAccount.__post_init__(self)
        names = [sender.name for sender in self.senders]
        refuse_unless(
            SECTION,
            (
                (
                    bool(names) and len(set(names)) == len(names) and all(names),
                    "senders",
                    "every sender needs a name of its own, and there must be one",
                    "name at least one sender, each once",
                ),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioCallSettings(TwilioAccount):
    """One account at Twilio, which makes calls.

    `numbers` are those that show on the phone (E.164), published ones of the organisation.
    `ring_s` is how long it rings and `longest_s` how long a call lasts at most, in seconds. A call
    of the last `look_back_s` seconds between the same two numbers stands for the doubtful one that
    is looked for: nothing that Twilio shows of a call says which notice it was. New accounts start
    one call a second ("Calls per second").
    """

    numbers: tuple[str, ...]
    ring_s: int = 30
    longest_s: int = 240
    look_back_s: float = 21_600.0
    rate_per_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or the token would go out unencrypted.
        """
        TwilioAccount.__post_init__(self)
        refuse_unless(
            SECTION,
            (
                (
                    bool(self.public_url),
                    "public_url",
                    "a call needs a listener for keys and for what picks up",
                    "write the address under which Twilio reaches it",
                ),
                (
                    bool(self.numbers) and all(_E164.fullmatch(each) for each in self.numbers),
                    "numbers",
                    "calls come from a number",
                    "write one or more in E.164 form, such as +15005550006",
                ),
                (
                    0 < self.ring_s <= _LONGEST_RING_S,
                    "ring_s",
                    "Twilio lets it ring for 1 to 600 seconds",
                    "write such a number",
                ),
                (self.longest_s > 0, "longest_s", "a call needs a length", "write seconds above 0"),
                (
                    self.look_back_s > 0,
                    "look_back_s",
                    "a call in doubt cannot be looked for in no time",
                    "write seconds above 0",
                ),
            ),
        )

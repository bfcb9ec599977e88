"""Whether a detail of the directory can be used on a channel at all."""

import re

from tocsin.rules.addresses import is_plausible_email, normalised
from tocsin.schemas.channels import Channel
from tocsin.schemas.outcome import Reason

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_FEWEST_LINES = 3
_LONGEST = 5_000


def obstacle(channel: Channel, detail: str | None) -> Reason:
    """Return why nothing can be sent to a detail on a channel; `Reason.NONE` when it can.

    Only what is surely no use is refused here: a number that is not E.164 (ITU-T E.164, at most 15
    digits), an address of fewer than three lines. Whether somebody is there shows later.
    """
    if detail is None or not detail.strip():
        return Reason.NO_CONTACT
    if channel is Channel.EMAIL:  # most are
        return Reason.NONE if is_plausible_email(detail) else Reason.MALFORMED_ADDRESS
    fits = len(detail) <= _LONGEST and "\x00" not in detail
    match channel:
        case Channel.SMS | Channel.CALL | Channel.CALL_LIST:
            fits = _NUMBER.fullmatch(detail) is not None
        case Channel.WEB_PUSH:
            fits = fits and detail.lstrip().startswith("{")
        case Channel.LETTER:
            fits = fits and sum(bool(line.strip()) for line in detail.splitlines()) >= _FEWEST_LINES
        case _:
            pass
    return Reason.NONE if fits else Reason.MALFORMED_ADDRESS


def compared(channel: Channel, detail: str) -> str:
    """Return the form in which two details of a channel are compared."""
    return normalised(detail) if channel is Channel.EMAIL else detail.strip()

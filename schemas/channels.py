"""Channels: the ways to hand a notice over, and how much each may say."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Channel(StrEnum):
    """A way to hand a notice over."""

    EMAIL = "email"
    SMS = "sms"
    WEB_PUSH = "web_push"
    """To a browser (RFC 8030, RFC 8291)."""
    APP_PUSH = "app_push"
    """To an app on a telephone."""
    CALL = "call"
    """A recorded voice on the telephone."""
    LETTER = "letter"
    """On paper, through a print house."""
    IN_APP = "in_app"
    """Shown by the organisation's own site or app to whoever is signed in."""
    WEBHOOK = "webhook"
    """A signed request to a system of the organisation, which tells the person."""
    CALL_LIST = "call_list"
    """A list from which people of a call centre telephone."""
    NONE = "none"
    """Nothing is sent: the obligation is settled by a decision that is recorded."""

    @property
    def label(self) -> str:
        """The channel in English words."""
        return "e-mail" if self is Channel.EMAIL else self.value.replace("_", " ")


class Disclosure(StrEnum):
    """How much a channel may say (design: open, closed, sealed)."""

    OPEN = "open"
    CLOSED = "closed"
    SEALED = "sealed"


DISCLOSURE: Mapping[Channel, Disclosure] = MappingProxyType(
    {
        Channel.EMAIL: Disclosure.CLOSED,
        Channel.SMS: Disclosure.OPEN,
        Channel.WEB_PUSH: Disclosure.OPEN,
        Channel.APP_PUSH: Disclosure.OPEN,
        Channel.CALL: Disclosure.OPEN,
        Channel.LETTER: Disclosure.SEALED,
        Channel.IN_APP: Disclosure.CLOSED,
        Channel.WEBHOOK: Disclosure.CLOSED,
        Channel.CALL_LIST: Disclosure.SEALED,
    }
)
"""What each channel may say. Anybody can read a telephone's screen, and anybody can pick it up."""

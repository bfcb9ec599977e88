"""The part of the configuration that names our own addresses, to which texts are sent first."""

from pydantic import Field
from tocsin.schemas.channels import Channel
from tocsin.schemas.person import DETAIL
from tocsin.schemas.record import Record


class OwnRecipientsSection(Record):
    """Addresses of our own, one per way, for `tocsin incident test`; see docs/operations.md."""

    email: str | None = Field(default=None, repr=False)
    """Under the domain of the organisation's site or sender."""
    phone: str | None = Field(default=None, repr=False)
    """E.164: `+4930901820`."""
    web_push: str | None = Field(default=None, repr=False)
    """A browser's subscription as JSON."""
    app_push: str | None = Field(default=None, repr=False)
    """A registration token of Firebase Cloud Messaging."""
    postal: str | None = Field(default=None, repr=False)
    """The lines of an envelope, the country's ISO 3166 code on the last."""
    account: str | None = Field(default=None, repr=False)
    """How the own site, app and systems know whoever tests."""

    def on(self, channel: Channel) -> str | None:
        """Return where a channel leads; None where nothing is configured for it."""
        detail: str | None = getattr(self, DETAIL[channel])
        return detail

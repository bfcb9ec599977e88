"""A person as the directory knows them. Never stored, never logged: repr is masked."""

from dataclasses import dataclass
from datetime import date

from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind

_DETAIL = {
    Channel.EMAIL: "email",
    Channel.SMS: "phone",
    Channel.CALL: "phone",
    Channel.CALL_LIST: "phone",
    Channel.WEB_PUSH: "web_push",
    Channel.APP_PUSH: "app_push",
    Channel.LETTER: "postal",
    Channel.IN_APP: "account",
    Channel.WEBHOOK: "account",
}


@dataclass(frozen=True, slots=True, repr=False)
class Reach:
    """Where one recipient can be reached; None where the directory knows nothing.

    A detail is left out for whoever did not agree to its channel, where the law asks for that.
    """

    email: str | None = None
    phone: str | None = None
    """For calls and text messages; E.164 when the directory keeps it so."""
    web_push: str | None = None
    """A push subscription as browsers give it: JSON with `endpoint` and `keys`."""
    app_push: str | None = None
    """A registration token of Firebase Cloud Messaging."""
    postal: str | None = None
    """The address as on an envelope, line by line, the country's ISO 3166 code on the last."""
    account: str | None = None
    """How the organisation's own site, app and systems know the person."""

    def on(self, channel: Channel) -> str | None:
        """Return where a channel leads to this recipient."""
        detail: str | None = getattr(self, _DETAIL[channel])
        return detail

    def __repr__(self) -> str:
        return "Reach(***)"


NOWHERE = Reach()


@dataclass(frozen=True, slots=True, repr=False)
class AffectedPerson:
    """One directory row within a scope, as resolution needs it.

    `key` is the directory's own key. `residence` is ISO 3166 (`CN`, `DE`, `US-CA`), `locale` is
    BCP 47; both None when the directory does not know. `kinds` are the leaked kinds that the
    directory holds of this person. `mailbox_barred`: the credentials of this very mailbox leaked,
    so it must not be written to. `guardian_key` is set when the directory knows a guardian.
    """

    key: str
    residence: str | None
    locale: str | None
    kinds: tuple[DataKind, ...]
    birth_date: date | None
    cancelled: bool
    reach: Reach
    mailbox_barred: bool
    guardian_key: str | None
    guardian: Reach
    guardian_locale: str | None

    def __repr__(self) -> str:
        return "AffectedPerson(***)"


@dataclass(frozen=True, slots=True, repr=False)
class Contacts:
    """Where one person and their guardian can be reached, read at sending time."""

    own: Reach
    guardian: Reach = NOWHERE

    def __repr__(self) -> str:
        return "Contacts(***)"


@dataclass(frozen=True, slots=True)
class DirectoryHealth:
    """What share of people lacks what (`directory check`). Counts of people."""

    people: int
    without_email: int
    malformed_email: int
    without_residence: int
    without_locale: int
    without_birth_date: int
    minors_without_guardian: int
    cancelled: int
    sharing_an_address: int

"""A person as the directory knows them. Never stored, never logged: repr is masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind

DETAIL: Mapping[Channel, str] = MappingProxyType(
    {
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
)
"""Channel -> the field of `Reach` that it leads to."""
RELATIVES = (RecipientKind.GUARDIAN, RecipientKind.REPRESENTATIVE, RecipientKind.NEXT_OF_KIN)
"""In these roles somebody else than the person is told."""


class Reach(NamedTuple):
    """Where one recipient can be reached; None where the directory knows nothing.

    A detail is left out for whoever agreed to none of its channels, where the law asks for that.
    """

    email: str | None = None
    phone: str | None = None
    """For calls and text messages; E.164 where the directory's text is a number at all."""
    web_push: str | None = None
    """A push subscription as browsers give it: JSON with `endpoint` and `keys`."""
    app_push: str | None = None
    """A registration token of Firebase Cloud Messaging."""
    postal: str | None = None
    """The address as on an envelope, line by line, the country's ISO 3166 code on the last."""
    account: str | None = None
    """How the organisation's own site, app and systems know the person."""
    not_agreed: frozenset[Channel] = frozenset()
    """Channels that need an agreement which this recipient did not give."""
    agreed: frozenset[Channel] = frozenset()
    """Channels to which this recipient agreed on record; some laws ask for that."""

    def on(self, channel: Channel) -> str | None:
        """Return where a channel leads to this recipient; None without a needed agreement."""
        if channel in self.not_agreed:
            return None
        detail: str | None = getattr(self, DETAIL[channel])
        return detail

    def __repr__(self) -> str:
        return "Reach(***)"


NOWHERE = Reach()


class Relative(NamedTuple):
    """Somebody told instead of a person, or beside them, as the person's own row names them.

    `key` is None where the row that is named is gone; nothing is known of them then.
    """

    key: str | None = None
    reach: Reach = NOWHERE
    locale: str | None = None
    """BCP 47."""

    def __repr__(self) -> str:
        return "Relative(***)"


NOBODY = Relative()
ALONE: Mapping[RecipientKind, Relative] = MappingProxyType({})
"""The relatives of whose row names none."""


class AffectedPerson(NamedTuple):
    """One directory row within a scope, as resolution needs it.

    `key` is the directory's own key. `residence` is ISO 3166 (`CN`, `DE`, `US-CA`), `locale` is
    BCP 47; both None when the directory does not know. `kinds` are the leaked kinds that the
    directory holds of this person. `mailbox_barred`: the credentials of this very mailbox leaked,
    so it must not be written to. `relatives` are those whom the row names, by the role in which
    they are told: guardian, representative, next of kin.
    """

    key: str
    residence: str | None
    locale: str | None
    kinds: tuple[DataKind, ...]
    birth_date: date | None
    cancelled: bool
    reach: Reach
    mailbox_barred: bool
    relatives: Mapping[RecipientKind, Relative] = ALONE
    deceased: bool = False
    is_organisation: bool = False

    def relative(self, kind: RecipientKind) -> Relative:
        """Return the relative of a kind; `NOBODY` where the row names none."""
        return self.relatives.get(kind, NOBODY)

    def reach_of(self, kind: RecipientKind) -> Reach:
        """Return where a recipient of a kind can be reached: a relative's place, or the own."""
        return self.relative(kind).reach if kind in RELATIVES else self.reach

    def key_of(self, kind: RecipientKind) -> str:
        """Return the key of a recipient of a kind; empty for a relative whose row is gone."""
        return self.relative(kind).key or "" if kind in RELATIVES else self.key

    def locale_of(self, kind: RecipientKind) -> str | None:
        """Return the language of a recipient of a kind: a relative's, or the own."""
        return self.relative(kind).locale if kind in RELATIVES else self.locale

    def __repr__(self) -> str:
        return "AffectedPerson(***)"


NO_REACH: Mapping[RecipientKind, Reach] = MappingProxyType({})
NO_KEYS: Mapping[RecipientKind, str] = MappingProxyType({})


class Contacts(NamedTuple):
    """Where one person and their relatives can be reached, read at sending time."""

    own: Reach
    relatives: Mapping[RecipientKind, Reach] = NO_REACH
    relative_keys: Mapping[RecipientKind, str] = NO_KEYS
    """The directory's own keys of those relatives who have a row."""

    @classmethod
    def of_row(cls, own: Reach, relatives: Mapping[RecipientKind, Relative]) -> "Contacts":
        """Return the contacts that a row and those of the relatives whom it names make."""
        return cls(
            own,
            {kind: each.reach for kind, each in relatives.items()} or NO_REACH,
            {kind: each.key for kind, each in relatives.items() if each.key} or NO_KEYS,
        )

    def key_of(self, kind: RecipientKind, own: str) -> str:
        """Return the key of a recipient of a kind, `own` being the person's; empty if unknown."""
        return self.relative_keys.get(kind, "") if kind in RELATIVES else own

    def of(self, kind: RecipientKind) -> Reach:
        """Return where a recipient of a kind can be reached now; `NOWHERE` if not at all."""
        return self.relatives.get(kind, NOWHERE) if kind in RELATIVES else self.own

    def __repr__(self) -> str:
        return "Contacts(***)"


@dataclass(frozen=True, slots=True)
class DirectoryHealth:
    """What share of people lacks what (`directory check`). Counts of people.

    None stands for what the directory's mapping does not name, so that nobody can have it.
    """

    people: int
    without_email: int
    malformed_email: int
    without_residence: int
    without_locale: int
    without_birth_date: int
    minors_without_guardian: int
    cancelled: int
    sharing_an_address: int
    without_phone: int | None = None
    malformed_phone: int | None = None
    """Holding something that is no number, or none in the country where the person lives."""
    without_postal: int | None = None
    postal_without_country: int | None = None
    without_web_push: int | None = None
    without_app_push: int | None = None
    without_account: int | None = None
    deceased: int | None = None
    deceased_without_next_of_kin: int | None = None
    represented: int | None = None
    representative_gone: int | None = None
    """Naming a representative whose row is not there."""
    organisations: int | None = None

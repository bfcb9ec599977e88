"""How an organisation's own table of people is to be read."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic import Field, field_validator
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.record import Record

EVERYBODY = "*"
"""In `holds`: the organisation holds this kind of everyone in the table."""

RELATIVE_KEYS: Mapping[RecipientKind, str] = MappingProxyType(
    {
        RecipientKind.GUARDIAN: "guardian_key",
        RecipientKind.REPRESENTATIVE: "representative_key",
        RecipientKind.NEXT_OF_KIN: "next_of_kin_key",
    }
)
"""Whom a row can name -> the field of the mapping that says in which column."""

_SINGLE = (
    *("key", "email", "phone", "web_push", "app_push", "account", "postal_country"),
    *("residence", "locale", "birth_date", "cancelled", "deceased", "organisation"),
    *RELATIVE_KEYS.values(),
    "mailbox_is_ours",
)


class DirectoryMapping(Record):
    """Which column of the organisation's table means what; only table, key and email are needed.

    A column counts as true when it is neither null nor one of `false_words`, without regard to
    case and surrounding blanks. The list is short by intention: `no` would forget everybody whose
    family name is No.
    """

    table: str = Field(min_length=1)
    """The table or view that has one row per person."""
    key: str = Field(min_length=1)
    """Unique and never null; text or integer."""
    email: str = Field(min_length=1)
    phone: str | None = None
    """A number with its country (`+49 30 123456`), or as it is dialled where the person lives."""
    web_push: str | None = None
    """A push subscription as browsers give it: JSON with `endpoint` and `keys` (W3C Push API)."""
    app_push: str | None = None
    """A registration token of Firebase Cloud Messaging."""
    account: str | None = None
    """How the organisation's own app and systems know the person; the key where not mapped."""
    postal: str | tuple[str | tuple[str, ...], ...] | None = None
    """One column that holds the lines of an envelope, or the columns in the envelope's order.
    Columns in a list of their own share a line: `["name", "street", ["postcode", "city"]]`."""
    postal_country: str | None = None
    """ISO 3166 country of the postal address, where it can be another than the residence."""
    residence: str | None = None
    """ISO 3166 country of residence, or country and subdivision (`US-CA`)."""
    locale: str | None = None
    """BCP 47 language tag."""
    birth_date: str | None = None
    """A date, or text that begins with an ISO 8601 date."""
    cancelled: str | None = None
    """True for cancelled accounts, or a status of which `cancelled_values` are the cancelled."""
    cancelled_values: tuple[str | int, ...] = ()
    deceased: str | None = None
    """True for people who have died: their next of kin is told, they are not."""
    organisation: str | None = None
    """True where the row is an organisation."""
    guardian_key: str | None = None
    """Holds the key of the guardian's row in the same table."""
    representative_key: str | None = None
    """Holds the key of the row of a legal representative, told instead of the person."""
    next_of_kin_key: str | None = None
    """Holds the key of the row of the next of kin, told of somebody who has died."""
    consent: dict[Channel, str] = Field(default_factory=dict)
    """Channel -> the column that is true for people who agreed to it. Map it only where everybody
    in the directory has to agree first: whoever did not counts as not reachable there. An opt-out
    of advertising is no missing agreement."""
    agreed: dict[Channel, str] = Field(default_factory=dict)
    """Channel -> the column that is true for people who agreed to it on record. It decides for
    those alone whose law asks for it (e-mail: 45 CFR 164.404(d)(1), 15 USC 7001)."""
    mailbox_is_ours: str | None = None
    """True when the organisation itself furnishes the mailbox."""
    own_mailbox_domains: frozenset[str] = frozenset()
    """Domains whose mailboxes the organisation furnishes."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Name in the conditions of a scope -> column."""
    holds: dict[DataKind, str] = Field(default_factory=dict)
    """Kind -> the column that is true when the row holds it, or `*`. A kind that is not named is
    taken to be held of everybody, so that nobody is forgotten."""
    false_words: frozenset[str] = frozenset({"", "0", "false"})

    @field_validator("consent", "agreed")
    @classmethod
    def _agreed_to_something(cls, consent: dict[Channel, str]) -> dict[Channel, str]:
        if Channel.NONE in consent:
            message = "nobody can agree to the channel none"
            raise ValueError(message)
        return consent

    def postal_lines(self) -> tuple[tuple[str, ...], ...]:
        """Return the columns of each line of an address; empty without a mapped address."""
        if self.postal is None or isinstance(self.postal, str):
            return () if self.postal is None else ((self.postal,),)
        return tuple((line,) if isinstance(line, str) else line for line in self.postal)

    def places(self) -> tuple[tuple[str, str], ...]:
        """Return (dotted path in the configuration, column) of every column that is named."""
        return tuple(self._places())

    def _places(self) -> Iterator[tuple[str, str]]:
        for name in _SINGLE:
            column = getattr(self, name)
            if column is not None:
                yield f"directory.{name}", column
        for line in self.postal_lines():
            for column in line:
                yield "directory.postal", column
        for channel, column in self.consent.items():
            yield f"directory.consent.{channel}", column
        for channel, column in self.agreed.items():
            yield f"directory.agreed.{channel}", column
        for name, column in self.columns.items():
            yield f"directory.columns.{name}", column
        for kind, column in self.holds.items():
            if column != EVERYBODY:
                yield f"directory.holds.{kind}", column

"""How an organisation's own table of people is to be read."""

from pydantic import Field
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.record import Record

EVERYBODY = "*"
"""In `holds`: the organisation holds this kind of everyone in the table."""


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
    residence: str | None = None
    """ISO 3166 country of residence, or country and subdivision (`US-CA`)."""
    locale: str | None = None
    """BCP 47 language tag."""
    birth_date: str | None = None
    """A date, or text that begins with an ISO 8601 date."""
    cancelled: str | None = None
    """True for cancelled accounts, or a status of which `cancelled_values` are the cancelled."""
    cancelled_values: tuple[str | int, ...] = ()
    guardian_key: str | None = None
    """Holds the key of the guardian's row in the same table."""
    consent_email: str | None = None
    """True for people who agreed to be written to by e-mail. Map it only where the law asks for
    that agreement (45 CFR 164.404(d)(1)): everybody else counts as having no address."""
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

    def places(self) -> tuple[tuple[str, str], ...]:
        """Return (dotted path in the configuration, column) of every column that is named."""
        single = (
            "key",
            "email",
            "residence",
            "locale",
            "birth_date",
            "cancelled",
            "guardian_key",
            "consent_email",
            "mailbox_is_ours",
        )
        named = [(f"directory.{name}", getattr(self, name)) for name in single]
        named += [(f"directory.columns.{name}", column) for name, column in self.columns.items()]
        named += [
            (f"directory.holds.{kind}", column)
            for kind, column in self.holds.items()
            if column != EVERYBODY
        ]
        return tuple((place, column) for place, column in named if column is not None)

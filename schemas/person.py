"""A person as the directory knows them. Never stored, never logged: repr is masked."""

from dataclasses import dataclass
from datetime import date

from tocsin.schemas.data_kinds import DataKind


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
    email: str | None
    mailbox_barred: bool
    guardian_key: str | None
    guardian_email: str | None
    guardian_locale: str | None

    def __repr__(self) -> str:
        return "AffectedPerson(***)"


@dataclass(frozen=True, slots=True, repr=False)
class Contacts:
    """The contact details of one person, read at sending time."""

    email: str | None
    guardian_email: str | None

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

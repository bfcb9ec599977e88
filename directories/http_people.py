"""What a directory service's answers mean: people, their reach, and the order of their keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from tocsin.directories.agreement import withheld
from tocsin.directories.http_wire import People, WireContact, WirePerson, WireReach, refuse
from tocsin.directories.phones import e164
from tocsin.directories.postal import country_of, envelope
from tocsin.directories.values import locale_of, residence_of, text_of
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.data_kinds import CREDENTIALS, DataKind
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.person import ALONE, NOBODY, AffectedPerson, Contacts, Reach, Relative


class PeopleReader:
    """Reads one stream of pages: the keys must rise, and the watermark must stay.

    Both are how nobody is forgotten: a key out of order would be behind the bound of the next page.
    """

    def __init__(
        self,
        keys: Literal["text", "integer"],
        kinds: Sequence[DataKind],
        *,
        after: str | None,
        own_domains: Iterable[str],
    ) -> None:
        self.last = after
        """The key behind which the next page begins."""
        self.watermark: str | None = None
        self._integers = keys == "integer"
        self._kinds = tuple(dict.fromkeys(kinds))
        self._own_domains = frozenset(name.lower() for name in own_domains)

    def people(self, page: People, *, limit: int) -> list[AffectedPerson]:
        """Return the people of the next page.

        Raises:
            InvalidInput: a key is out of order or repeated, the page is too long, or a kind was not
                asked for; `field` is the place in the answer.
            Unavailable: the watermark is another one than that of the first page.

        """
        if self.watermark not in {None, page.watermark}:
            message = "the directory changed while it was read"
            fix = "let the service answer from one state until the stream's end; then try again"
            raise Unavailable(message, field="directory.answer.watermark", fix=fix)
        self.watermark = page.watermark
        if len(page.people) > limit:
            refuse("people", f"more than the {limit} people that were asked for")
        return [self._person(wire, f"people[{n}]") for n, wire in enumerate(page.people)]

    def _person(self, wire: WirePerson, place: str) -> AffectedPerson:
        if self.last is not None and self._rank(wire.key, place) <= self._rank(self.last, place):
            refuse(f"{place}.key", "the key is not behind the one before it")
        self._rank(wire.key, place)
        self.last = wire.key
        if not set(wire.kinds) <= set(self._kinds):
            refuse(f"{place}.kinds", "a kind of data that was not asked for")
        reach = reach_of(wire, wire.key)
        kinds = tuple(kind for kind in self._kinds if kind in wire.kinds)
        opens_mailbox = not CREDENTIALS.isdisjoint(kinds)
        return AffectedPerson(
            key=wire.key,
            residence=residence_of(wire.residence),
            locale=locale_of(wire.locale),
            kinds=kinds,
            birth_date=wire.birth_date,
            cancelled=wire.cancelled,
            reach=reach,
            mailbox_barred=opens_mailbox and self._is_ours(wire, reach),
            relatives=_relatives(wire),
            deceased=wire.deceased,
            is_organisation=wire.organisation,
        )

    def _is_ours(self, wire: WirePerson, reach: Reach) -> bool:
        if reach.email is None:
            return False
        return wire.mailbox_is_ours or (reach.email.rpartition("@")[2].lower() in self._own_domains)

    def _rank(self, key: str, place: str) -> tuple[int, str]:
        """Return what sorts as the service's keys do; the texts of numbers must be their own."""
        if not self._integers:
            return 0, key
        try:
            number = int(key)
        except ValueError:
            number = None
        if number is None or str(number) != key:
            refuse(f"{place}.key", "the keys are whole numbers, and this is none")
        return number, ""


def contacts_of(wire: WireContact) -> Contacts:
    """Return the contact details that an answer names."""
    return Contacts.of_row(reach_of(wire, wire.key), _relatives(wire))


def reach_of(wire: WireReach, key: str) -> Reach:
    """Return where somebody can be reached, without what they agreed to nothing of."""
    refused = frozenset(wire.not_agreed)
    away = withheld(refused)
    residence = residence_of(wire.residence)
    known: dict[str, str | None] = {
        "email": text_of(wire.email),
        "phone": e164(text_of(wire.phone), residence),
        "web_push": text_of(wire.web_push),
        "app_push": text_of(wire.app_push),
        "postal": envelope(
            wire.postal or (), country_of(residence_of(wire.postal_country) or residence)
        ),
        "account": text_of(wire.account) if "account" in wire.model_fields_set else key,
    }
    return Reach(
        **{name: value for name, value in known.items() if name not in away},
        not_agreed=refused,
        agreed=frozenset(wire.agreed) - refused,
    )


def _relatives(wire: WireContact) -> Mapping[RecipientKind, Relative]:
    found = {
        RecipientKind(kind): NOBODY
        if theirs.key is None
        else Relative(theirs.key, reach_of(theirs, theirs.key), locale_of(theirs.locale))
        for kind, theirs in wire.relatives.items()
    }
    return found or ALONE

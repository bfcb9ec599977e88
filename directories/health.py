"""What share of the people in a directory lacks what would be needed to tell them."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from tocsin.directories.addresses import looks_like_an_address
from tocsin.directories.phones import looks_like_a_number
from tocsin.directories.postal import has_country
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.person import AffectedPerson, DirectoryHealth

_ADULT = 18
"""Years; the highest age below which a regime asks for a guardian."""
_COUNTED = {
    "phone": ("without_phone", "malformed_phone"),
    "postal": ("without_postal", "postal_without_country"),
    "web_push": ("without_web_push",),
    "app_push": ("without_app_push",),
    "account": ("without_account",),
    "deceased": ("deceased", "deceased_without_next_of_kin"),
    "representative_key": ("represented", "representative_gone"),
    "organisation": ("organisations",),
}
"""Field of the mapping -> what is counted where it is mapped."""
_ALWAYS = (
    *("without_email", "malformed_email", "without_residence", "without_locale"),
    *("without_birth_date", "minors_without_guardian", "cancelled"),
)


class HealthCount:
    """Counts, person by person, whom something stands in the way of telling."""

    def __init__(self, mapped: Iterable[str], *, on: date) -> None:
        """Take the fields of the mapping that are mapped, and the day whose ages count."""
        self._names = {name for field in mapped for name in _COUNTED.get(field, ())}
        self._on = on
        self._people = 0
        self._found = Counter[str]()

    def add(self, person: AffectedPerson) -> None:
        """Count one person."""
        self._people += 1
        self._found.update(_of_reach(person))
        self._found.update(_of_row(person, self._on))
        self._found.update(_of_others(person))

    def result(self, *, sharing_an_address: int) -> DirectoryHealth:
        """Return the counts; `sharing_an_address` is the number of people who share one."""
        return DirectoryHealth(
            people=self._people,
            sharing_an_address=sharing_an_address,
            **{name: self._found[name] for name in (*_ALWAYS, *sorted(self._names))},
        )


def _of_reach(person: AffectedPerson) -> Iterable[str]:
    reach = person.reach
    if reach.email is None:
        yield "without_email"
    elif not looks_like_an_address(reach.email):
        yield "malformed_email"
    if reach.phone is None:
        yield "without_phone"
    elif not looks_like_a_number(reach.phone):
        yield "malformed_phone"
    if reach.postal is None:
        yield "without_postal"
    elif not has_country(reach.postal):
        yield "postal_without_country"
    for field in ("web_push", "app_push", "account"):
        if getattr(reach, field) is None:
            yield f"without_{field}"


def _of_row(person: AffectedPerson, on: date) -> Iterable[str]:
    if person.residence is None:
        yield "without_residence"
    if person.locale is None:
        yield "without_locale"
    if person.cancelled:
        yield "cancelled"
    if person.is_organisation:
        yield "organisations"
    elif person.birth_date is None:
        yield "without_birth_date"
    elif _age(person.birth_date, on) < _ADULT and _is_unknown(person, RecipientKind.GUARDIAN):
        yield "minors_without_guardian"


def _of_others(person: AffectedPerson) -> Iterable[str]:
    if person.deceased:
        yield "deceased"
        if _is_unknown(person, RecipientKind.NEXT_OF_KIN):
            yield "deceased_without_next_of_kin"
    if RecipientKind.REPRESENTATIVE in person.relatives:
        yield "represented"
        if _is_unknown(person, RecipientKind.REPRESENTATIVE):
            yield "representative_gone"


def _is_unknown(person: AffectedPerson, kind: RecipientKind) -> bool:
    return person.relative(kind).key is None


def _age(birth_date: date, on: date) -> int:
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))

"""How many people an incident touches, in all and by where they live, as far as that is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.schemas.fact import FactState
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import CountTable

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Between:
    """A number of which only bounds are known; None is unbounded."""

    minimum: int | None = None
    maximum: int | None = None


Count = int | Between | None


@dataclass(frozen=True, slots=True)
class Headcount:
    """People in all and by residence (ISO 3166). `rest` live nobody knows where."""

    total: Count
    by_residence: Mapping[str, int]
    rest: Count
    """Of the total, who is in no residence of the table; None: nobody knows how many."""

    def living_in(self, residences: Iterable[str]) -> Count:
        """Return how many live in some residences; a country has its subdivisions in it.

        Whoever is only known to live in the country may live in any of its subdivisions.
        """
        wanted = frozenset(residences)
        if EVERYWHERE in wanted:
            return self.total
        sure = maybe = 0
        for place, people in self.by_residence.items():
            if place in wanted or _country(place) in wanted:
                sure += people
            elif any(_country(name) == place != name for name in wanted):
                maybe += people
        return self._between(sure, maybe)

    def in_one_subdivision(self, country: str) -> Count:
        """Return how many live in the subdivision of a country in which most do."""
        most = max((n for _, n in self.subdivisions(country)), default=0)
        return self._between(most, self.by_residence.get(country, 0))

    def subdivisions(self, country: str) -> tuple[tuple[str, int], ...]:
        """Return the subdivisions of a country that are in the table, with their people."""
        return tuple(
            (place, people)
            for place, people in sorted(self.by_residence.items())
            if place != country and _country(place) == country
        )

    def _between(self, sure: int, maybe: int) -> Count:
        if self.rest is None or isinstance(self.rest, Between):
            most = None if self.rest is None else self.rest.maximum
            top = None if most is None else sure + maybe + most
            return None if not self.by_residence and top is None else _bounds(sure, top)
        return _bounds(sure, sure + maybe + self.rest)


def headcount(incident: IncidentFile, counted: Mapping[str, int] | None) -> Headcount:
    """Return the people of an incident; `counted` are those the directory holds, by residence.

    A count replaces an estimate. A number that is stated as known stands beside the count, and the
    larger one holds: the directory need not hold everyone whose data was touched.
    """
    stated = incident.facts.persons
    table = stated.value or CountTable()
    if counted is None:
        return _of_table(table)
    firm = table if stated.state is FactState.KNOWN else CountTable()
    places = dict(counted)
    for place, people in firm.by_residence.items():
        places[place] = max(places.get(place, 0), people)
    found = sum(places.values())
    total = max(found, firm.total or 0, firm.minimum or 0)
    if (
        len(places) == 1
    ):  # who is not in the directory lived with the others, as far as anybody knows
        places = dict.fromkeys(places, total)
    return Headcount(total, places, total - sum(places.values()))


def _of_table(table: CountTable) -> Headcount:
    split = sum(table.by_residence.values())
    if table.total is not None:
        total = max(table.total, split)
        return Headcount(total, table.by_residence, total - split)
    if table.minimum is None and table.maximum is None:
        if not table.by_residence:
            return Headcount(None, {}, None)
        return Headcount(split, table.by_residence, 0)
    least, most = max(table.minimum or 0, split), table.maximum
    rest = Between(least - split, None if most is None else max(most - split, 0))
    return Headcount(_bounds(least, most), table.by_residence, rest)


def _bounds(least: int, most: int | None) -> int | Between:
    return least if least == most else Between(least, most)


def _country(place: str) -> str:
    return place.partition("-")[0]

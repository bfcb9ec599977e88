"""In which time zones somebody may be, as far as a lane or a residence tells."""

from tocsin.rules.territories import TERRITORIES, ZONES

_BY_CALLING_CODE = ("sms-", "call-")


def zones_of(lane: str, residence: str, *, home: str) -> tuple[str, ...]:
    """Return the time zones (IANA names) that people of a lane may live in.

    The calling code of the lane's numbers says it (`sms-49`), or else the residence (ISO 3166, its
    subdivision left aside). Where neither is known, `home` stands in: by all zones of the earth it
    would be night somewhere at every hour, and nobody could be told at any.
    """
    for start in _BY_CALLING_CODE:
        if lane.startswith(start) and (found := TERRITORIES.get(lane.removeprefix(start))):
            return tuple(dict.fromkeys(zone for place in found for zone in ZONES[place]))
    return ZONES.get(residence.partition("-")[0], (home,))

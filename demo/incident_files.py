"""The three incidents of the demo, written as somebody would who learned of them a while ago."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from string import Template

ONE_BY_ONE = "stolen-credentials"
"""The incident whose people are told one by one."""
ANNOUNCED = "sold-mailing-list"
"""The incident over the limit, which is announced."""

LETTERS = "stolen-patient-records"
"""The incident of the clinic, whose patients are told by letter."""
INCIDENTS = (ONE_BY_ONE, ANNOUNCED, LETTERS)
"""All of them, in the order in which they are raised."""

_MOMENTS: Mapping[str, Mapping[str, timedelta]] = {
    ONE_BY_ONE: {
        "started": timedelta(days=-5),
        "detected": timedelta(hours=-2, minutes=-45),
        "ended": timedelta(hours=-2, minutes=-10),
        "aware": timedelta(hours=-2),
        "planned": timedelta(days=21),
        "until": timedelta(days=95),
    },
    ANNOUNCED: {
        "started": timedelta(days=-12),
        "detected": timedelta(hours=-1, minutes=-40),
        "ended": timedelta(hours=-1, minutes=-20),
        "aware": timedelta(minutes=-55),
        "planned": timedelta(days=14),
    },
    LETTERS: {
        "started": timedelta(days=-9),
        "detected": timedelta(days=-1, hours=-2),
        "ended": timedelta(days=-1, hours=-1),
        "aware": timedelta(days=-1),
        "planned": timedelta(days=30),
        "until": timedelta(days=120),
    },
}
"""When things happened, seen from the moment of raising: no clock is near its end then."""


def incident_text(name: str, *, now: datetime, persons: int, limit: int) -> str:
    """Return an incident file as YAML, with times before and after `now`.

    `persons` is the first estimate of how many people are touched, `limit` the most that are told
    one by one.
    """
    template = files("tocsin.demo").joinpath(f"{name}.yaml").read_text("utf-8")
    values: dict[str, object] = {"persons": persons, "limit": limit}
    for moment, offset in _MOMENTS[name].items():
        values |= _written(moment, (now + offset).astimezone(UTC))
    return Template(template).substitute(values)


def _written(name: str, at: datetime) -> dict[str, str]:
    return {
        f"{name}_at": at.replace(second=0, microsecond=0).isoformat(),
        f"{name}_on": at.date().isoformat(),
        f"{name}_en": f"{at.day} {at:%B %Y}",
        f"{name}_zh": f"{at.year}年{at.month}月{at.day}日",
    }

"""Times of an incident that cannot be."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tocsin.detectors.incident_file import (
    check_times,
)
from tocsin.schemas.circumstances import Circumstances
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.incident import IncidentFile, Measure, MeasureStatus, Narratives
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.scope import Scope

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
INCIDENT = IncidentFile(
    title="Accounts copied",
    organisation="example",
    narratives=Narratives(what_happened={"en": "Someone copied accounts."}),
    data_kinds=(DataKind.EMAIL_ADDRESS,),
    scope=Scope(everyone=True),
)


def with_facts(**facts: object) -> IncidentFile:
    return INCIDENT.model_copy(update={"facts": IncidentFacts.model_validate(facts)})


@pytest.mark.parametrize("name", ["started", "ended", "detected", "aware", "classified"])
def test_a_time_in_the_future_is_refused_beyond_five_minutes(name: str) -> None:
    check_times(with_facts(**{name: NOW + timedelta(minutes=5)}), NOW)
    with pytest.raises(InvalidInput, match="is in the future") as caught:
        check_times(with_facts(**{name: NOW + timedelta(minutes=5, seconds=1)}), NOW)
    assert caught.value.field == f"facts.{name}"


@pytest.mark.parametrize("name", ["recovered"])
def test_a_time_of_the_circumstances_is_refused_likewise(name: str) -> None:
    def at(moment: datetime) -> IncidentFile:
        known = Circumstances.model_validate({name: moment})
        return INCIDENT.model_copy(update={"circumstances": known})

    check_times(at(NOW), NOW)
    with pytest.raises(InvalidInput, match="is in the future") as caught:
        check_times(at(NOW + timedelta(hours=1)), NOW)
    assert caught.value.field == f"circumstances.{name}"


def test_a_day_still_to_come_is_in_the_future_but_today_is_not() -> None:
    today, day_after = NOW.replace(hour=23), NOW + timedelta(days=2)
    check_times(with_facts(started={"at": today, "precision": "day"}), NOW)
    with pytest.raises(InvalidInput):
        check_times(with_facts(started={"at": day_after, "precision": "day"}), NOW)


def test_a_fact_cannot_be_as_of_the_future() -> None:
    later = {"value": 5, "as_of": NOW + timedelta(hours=1)}
    with pytest.raises(InvalidInput) as caught:
        check_times(with_facts(records=later), NOW)
    assert caught.value.field == "facts.records.as_of"


def test_a_measure_cannot_be_done_in_the_future_but_can_be_planned_there() -> None:
    for status, refused in ((MeasureStatus.PLANNED, False), (MeasureStatus.DONE, True)):
        measure = Measure(what={"en": "x"}, status=status, on=date(2026, 12, 15))
        incident = INCIDENT.model_copy(update={"measures": (measure,)})
        if refused:
            with pytest.raises(InvalidInput, match=r"measures\[0\]\.on"):
                check_times(incident, NOW)
        else:
            check_times(incident, NOW)


@pytest.mark.parametrize("later", ["aware", "detected", "ended"])
def test_an_incident_cannot_have_started_after_what_follows_from_it(later: str) -> None:
    at = NOW - timedelta(days=2)
    check_times(with_facts(started=at, **{later: at}), NOW)
    with pytest.raises(InvalidInput, match=f"started after facts.{later}") as caught:
        check_times(with_facts(started=at + timedelta(minutes=1), **{later: at}), NOW)
    assert caught.value.field == "facts.started"


def test_a_start_known_to_the_day_may_be_the_day_of_awareness() -> None:
    day = {"at": "2026-11-20T00:00:00Z", "precision": "day"}
    check_times(with_facts(started=day, aware="2026-11-20T07:00:00+08:00"), NOW)
    check_times(with_facts(started="2026-11-20T18:00:00Z", aware=day), NOW)
    with pytest.raises(InvalidInput):
        check_times(with_facts(started="2026-11-21T00:00:01Z", aware=day), NOW)

"""The public breach list as a detector: every record is a detection that opens a draft."""

from pathlib import Path

import pytest
from tocsin.detectors.hibp import read_breaches
from tocsin.detectors.hibp_events import reported
from tocsin.rules.merging import merge
from tocsin.schemas.detection import Gravity
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.policy import Policy
from tocsin.schemas.scope import Condition, Scope

SCOPE = Scope(where=(Condition(column="system", equals="shop"),))
RECORD = {
    "Name": "Shop",
    "Title": "Shop",
    "BreachDate": "2024-03-05",
    "AddedDate": "2024-06-07T08:09:10Z",
    "ModifiedDate": "2024-06-08T00:00:00Z",
    "PwnCount": 7,
    "DataClasses": ["Email addresses", "Passwords"],
}


def test_all_875_records_are_detections_that_open_as_many_drafts(shared_data: Path) -> None:
    records = read_breaches(shared_data / "hibp" / "breaches_2025-03.json")
    found = [reported(r, detector="hibp", organisation="shop", scope=SCOPE) for r in records]
    assert len(found) == 875
    assert all(each.detection.concerns_personal_data for each in found)
    assert all(each.detection.kinds == each.draft.incident.data_kinds for each in found)
    drafts = merge([], [each.detection for each in found], window=Policy().merge_window)
    assert len(drafts) == 875


def test_a_record_that_was_changed_later_is_the_same_event() -> None:
    later = {**RECORD, "ModifiedDate": "2025-01-01T00:00:00Z", "PwnCount": 8}
    one, other = (
        reported(r, detector="hibp", organisation="shop", scope=SCOPE).detection
        for r in (RECORD, later)
    )
    assert one.event_id == other.event_id == "hibp/Shop"
    assert one.raw_digest != other.raw_digest
    assert len(merge([], [one, other], window=Policy().merge_window)) == 1


def test_gravity_follows_the_gravest_kind_and_doubt_lowers_it() -> None:
    def gravity(**changes: object) -> Gravity:
        record = {**RECORD, **changes}
        return reported(
            record, detector="hibp", organisation="shop", scope=SCOPE
        ).detection.severity

    assert gravity() is Gravity.HIGH
    assert gravity(DataClasses=["Email addresses"]) is Gravity.MEDIUM
    assert gravity(DataClasses=["Personal health data"]) is Gravity.CRITICAL
    assert gravity(IsVerified=False) is Gravity.MEDIUM


def test_a_record_without_personal_data_is_refused() -> None:
    with pytest.raises(InvalidInput, match="data_kinds"):
        reported(
            {**RECORD, "DataClasses": ["Unheard of"]},
            detector="hibp",
            organisation="shop",
            scope=SCOPE,
        )

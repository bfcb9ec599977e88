"""OCSF: every class is read, and what concerns personal data is told from what does not."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.detectors.ocsf import read_ocsf
from tocsin.detectors.ocsf_fields import asset_of, masked, observed_at, rule_of
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection, Gravity
from tocsin.schemas.errors import InvalidInput

EVENT: Mapping[str, Any] = {
    "category_uid": 2,
    "class_uid": 2004,
    "activity_id": 1,
    "severity_id": 4,
    "time": 1_763_640_000_000,
    "metadata": {"uid": "e-1", "product": {"name": "Watch"}},
    "finding_info": {"title": "Something happened", "uid": "f-1"},
    "resources": [{"uid": "arn:aws:s3:::shop"}],
}


def read(**changes: Any) -> Detection:
    (detection,) = read_ocsf(json.dumps({**EVENT, **changes}).encode(), detector="siem")
    return detection


def titled(title: str, **changes: Any) -> Detection:
    return read(finding_info={"title": title}, **changes)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("falco", 1),
        ("prowler_aws", 5),
        ("prowler_azure", 5),
        ("prowler_gcp", 5),
        ("prowler_kubernetes", 6),
        ("qradar-offense", 1),
        ("sechub-guardduty", 1),
        ("sechub-pci", 1),
        ("sechub-rc2", 1),
    ],
)
def test_published_samples_are_read_and_none_of_them_concerns_personal_data(
    shared_data: Path, name: str, count: int
) -> None:
    sample = shared_data / "ocsf" / "samples" / f"{name}.ocsf.json"
    detections = read_ocsf(sample.read_bytes(), detector="siem")
    assert len(detections) == count
    for detection in detections:
        assert detection.concerns_personal_data is not True
        assert detection.reason
        assert 2022 <= detection.observed_at.year <= 2025


def test_every_published_sample_stands_in_the_list_above(shared_data: Path) -> None:
    assert len(list((shared_data / "ocsf" / "samples").glob("*.ocsf.json"))) == 9


def test_a_detection_tells_what_where_when_and_how_grave() -> None:
    detection = read(class_uid=2006)
    assert detection.event_id == "e-1"
    assert detection.detector == "siem"
    assert detection.rule == "Watch/Something happened"
    assert detection.asset == "arn:aws:s3:::shop"
    assert detection.severity is Gravity.HIGH
    assert detection.observed_at == datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"class_uid": 2006}, "class 2006"),
        ({"data_classifications": [{"category_id": 1}]}, "classified as personal"),
        ({"databucket": {"data_classification": {"category_id": 3}}}, "classified as financial"),
        (
            {"resources": [{"uid": "x", "data_classifications": [{"category_id": 2}]}]},
            "classified as governmental",
        ),
        (
            {
                "data_security": {
                    "discovery_details": [{"type": "US_SOCIAL_SECURITY_NUMBER", "count": 4}]
                }
            },
            "a classifier found",
        ),
        ({"metadata": {"product": {"name": "Symantec DLP"}}}, "watches for leaks"),
        ({"finding_info": None, "finding": {"title": "PHI sent to a printer"}}, "title or type"),
        ({"class_uid": 2005, "status_id": 3, "message": "Personal data was sold"}, "title or type"),
    ],
)
def test_what_concerns_personal_data_opens_a_draft(changes: dict[str, Any], reason: str) -> None:
    detection = read(**changes)
    assert detection.concerns_personal_data is True
    assert reason in detection.reason


@pytest.mark.parametrize(
    "title",
    [
        "National Insurance Numbers - Web Monitoring",
        "Date of Birth - Web Monitoring",
        "Payment Card Numbers - Web Monitoring",
        "Bank Account Numbers - Web Monitoring",
        "ePHI in a public share",
        "Personally identifiable information was posted",
        "SensitiveData:S3Object/Personal",
        "Unusual export of customer records",
        "个人信息被导出",
    ],
)
def test_titles_that_name_personal_data_are_understood(title: str) -> None:
    assert titled(title).concerns_personal_data is True


@pytest.mark.parametrize(
    "title",
    [
        "IAM password policy requires 14 characters",
        "Maintain current contact details.",
        "EC2.19 Security groups should not allow unrestricted access",
        "Blind TCP reset DoS guessing attempt",
        "Philanthropy site was down",
        "Email address of the security contact is not set",
    ],
)
def test_titles_that_only_sound_like_it_are_left_to_a_person(title: str) -> None:
    detection = titled(title)
    assert detection.concerns_personal_data is None
    assert detection.reason == "nothing in the finding names personal data"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"class_uid": 2006, "status_id": 3}, "suppressed"),
        ({"class_uid": 2006, "status_id": 6}, "suppressed or deleted"),
        ({"class_uid": 2006, "activity_id": 4}, "suppressed"),
        ({"class_uid": 2006, "verdict_id": 1}, "false"),
        ({"class_uid": 2001, "state_id": 3}, "suppressed"),
        ({"status_code": "PASS"}, "passed"),
        ({"compliance": {"status": "PASSED"}}, "passed"),
        ({"class_uid": 2003}, "setting"),
        ({"class_uid": 2002}, "weakness"),
        ({"finding_info": {"title": "Ensure logs are kept"}}, "setting"),
    ],
)
def test_what_does_not_concern_personal_data_is_kept_and_says_why(
    changes: dict[str, Any], reason: str
) -> None:
    detection = read(**changes)
    assert detection.concerns_personal_data is False
    assert reason in detection.reason


def test_a_resolved_finding_is_not_taken_back() -> None:
    assert read(class_uid=2006, status_id=4, activity_id=3).concerns_personal_data is True


def test_a_setting_that_names_personal_data_is_for_a_person_to_judge() -> None:
    detection = titled("Ensure buckets with personal data are private")
    assert detection.concerns_personal_data is None
    assert "setting" in detection.reason


def test_kinds_are_hinted_by_classifiers_and_weak_words_count_only_there() -> None:
    names = ["US_SOCIAL_SECURITY_NUMBER", "EMAIL_ADDRESS", "PERSON_NAME", "CREDIT_CARD_NUMBER"]
    found = {"discovery_details": [{"type": name} for name in names]}
    assert set(read(data_security=found).kinds) == {
        DataKind.TAX_ID_SSN,
        DataKind.EMAIL_ADDRESS,
        DataKind.NAME,
        DataKind.PAYMENT_CARD_FULL,
    }
    assert titled("Password policy").kinds == ()
    assert titled("Salaries in a public share").kinds == (DataKind.EMPLOYMENT_SALARY,)


def test_values_that_a_classifier_found_never_leave_the_event() -> None:
    found = {"discovery_details": [{"type": "PERSON_NAME", "value": "Someone Secret"}]}
    told = read(data_security=found, raw_data="Someone Secret", actor={"user": "Secret"})
    assert "Secret" not in told.model_dump_json()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mailbox jo.doe@shop.test was shared", "mailbox (address) was shared"),
        ("arn:aws:iam::1:user/jo.doe", "arn:aws:iam::1:user/(name)"),
        ("/" + "home/jo/list.csv", "/" + "home/(name)/list.csv"),
        ("C:\\Users\\jo\\list.csv", "C:\\Users\\(name)\\list.csv"),
        ("arn:aws:s3:::shop", "arn:aws:s3:::shop"),
    ],
)
def test_texts_are_taken_over_without_the_people_in_them(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_an_account_of_a_person_is_an_asset_without_a_name() -> None:
    event = {"resources": [{"type": "AwsIamUser", "uid": "jo"}]}
    assert asset_of(event) == "AwsIamUser/(a person)"


def test_the_store_that_was_classified_is_the_asset() -> None:
    stores = [{"uid": "first"}, {"uid": "second", "data_classification": {"category_id": 1}}]
    assert asset_of({"resources": stores}) == "second"
    assert asset_of({}) == "not named"


def test_a_rule_is_the_steadiest_name_that_the_event_has() -> None:
    info = {"title": "Trail arn:x was disabled", "types": ["Stealth:IAMUser-LoggingDisabled"]}
    product = {"product": {"name": "Guard"}}
    assert rule_of({"finding_info": info, "metadata": product}) == f"Guard/{info['types'][0]}"
    assert rule_of({"metadata": {**product, "event_code": "c-1"}}) == "Guard/c-1"
    assert rule_of({"class_uid": 4001}) == "unnamed/class 4001"


@pytest.mark.parametrize(
    "told",
    [
        {"time": 1_763_640_000},
        {"time": 1_763_640_000_000},
        {"time": 1_763_640_000_000_000},
        {"time": 1_763_640_000_000_000_000},
        {"time": "1763640000000"},
        {"time": 1_763_640_000, "time_dt": "2025-11-20T10:00:00"},
        {"time_dt": "2025-11-20T13:00:00+01:00"},
    ],
)
def test_a_time_is_understood_in_any_unit_and_needs_its_zone(told: dict[str, Any]) -> None:
    assert observed_at(told) == datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("told", [{}, {"time": True}, {"time": -1}, {"time": "soon"}, {"time": []}])
def test_an_event_without_a_time_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        observed_at(told)
    assert refused.value.field == "time"


def test_arrays_lines_and_single_events_are_read_alike() -> None:
    one, other = json.dumps(EVENT), json.dumps({**EVENT, "class_uid": 1001})
    expected = read_ocsf(f"[{one},{other}]".encode(), detector="siem")
    assert len(expected) == 2
    assert read_ocsf(f"{one}\n\n{other}\n".encode(), detector="siem") == expected
    assert read_ocsf(f"\ufeff{one}".encode(), detector="siem") == expected[:1]


def test_an_event_without_an_id_of_its_own_goes_by_its_content() -> None:
    changes = {"metadata": {"product": {"name": "Watch"}}}
    written = json.dumps({**EVENT, **changes}, indent=2).encode()
    (copy,) = read_ocsf(written, detector="siem")
    assert copy.event_id == read(**changes).event_id
    assert copy.event_id != read(**changes, time=1_763_640_000_001).event_id


def test_an_id_that_could_name_someone_goes_by_its_digest() -> None:
    event_id = read(metadata={"uid": "jo.doe@shop.test"}).event_id
    assert event_id.startswith("sha256:")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", None),
        (b"[]", None),
        (b"nonsense", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
        (b"[1]", "[0]"),
        (b'{"class_uid": 1, "time": 1}\nnonsense', "line 2"),
        (b'[{"class_uid": 1, "time": 1}, {"class_uid": 1}]', "[1].time"),
        (b'{"time": 1}', "class_uid"),
    ],
)
def test_what_is_not_ocsf_is_refused_with_its_place(data: bytes, field: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_ocsf(data, detector="siem")
    assert refused.value.field == field
    assert refused.value.fix


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        *("metadata", "finding_info", "finding", "resources", "resource", "data_security"),
        *("data_classifications", "severity_id", "status_id", "compliance", "cloud", "message"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_no_shape_of_a_field_breaks_the_reading(changes: dict[str, Any]) -> None:
    assert read(**changes).reason

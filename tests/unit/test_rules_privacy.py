from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.privacy import check_incident_text, find_personal_data
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import public_code, reference_code
from tocsin.schemas.incident import IncidentFile

HELD = {
    "an e-mail address": [
        "Write to anna@mail.example.",
        "王小明@mail.example",
        "ａｎｎａ＠mail.example",  # full-width
        "an\u200bna@mail.example",
    ],
    "an identity number": ["身份证11010519491231002X。", "SSN 123-45-6789 leaked"],
    "a bank account number": [
        "DE89370400440532013000",
        "account DE89 3704 0044 0532 0130 00 was read",
    ],
    "a card number": ["4111 1111 1111 1111", "5500-0000-0000-0004 and more", "378282246310005"],
    "a phone number": [
        "+49 171 2345678",
        "+86 138-1234-5678",
        "0086 138 1234 5678",
        "手机13812345678泄露",
        "１３８１２３４５６７８",
        "138 1234 5678",
        "010-12345678",
        "(415) 555-0173",
        "415.555.0173",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "020 7946 0958",
        "0171/1234567",
        "0171 234 567",
        "(030) 90182-0",
        "090-1234-5678",
        "On 05.06.2026 he rang 0171 2345678",
    ],
}
CLEAN = [
    "On 2026-11-20 at 09:30 UTC, until 2026-11-21T08:00:00+01:00.",
    "Am 20.11.2026 um 10:30 Uhr, am 05.06.2026 10 Uhr",
    "2026年11月20日9时30分至20/11/2026",
    "12,000,000 people, 12 000 000 records, 12.000.000 Datensätze, 5 000 of 12 345",
    "1.234.567,89 EUR and 3.5 million; 0.5 %",
    "CVE-2024-12345, INC-2026-001234, order 2026-000123-456",
    "10.0.0.1 and 192.168.178.20 on port 8443",
    "at 1732440000 or 1732440000123, id 20261120093000123",
    "Art. 33(1), RFC 5322 section 3.6.4, version 1.2.3.4, sha256 0123456789abcdef0123456789abcdef",
    "hotline 12387 or 400-820-8820 or 800-555-0199, daily 08:00-20:00",
    "identity 110105194912310021 has a wrong check digit",
    "UTC+8, 24/7, 50 %, 2019-2026",
]


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in HELD.items() for t in texts])
def test_personal_data_in_a_text_is_found_and_named_by_its_kind(kind: str, text: str) -> None:
    assert find_personal_data(text) == kind


@pytest.mark.parametrize("text", CLEAN)
def test_dates_times_counts_and_references_pass(text: str) -> None:
    assert find_personal_data(text) is None


@settings(deadline=None, max_examples=200)
@given(key=st.binary(min_size=32, max_size=32), count=st.integers(0, 10**9))
def test_the_codes_of_notices_and_counts_of_people_never_look_personal(
    key: bytes, count: int
) -> None:
    text = f"{count:,} people; {reference_code(key, key)} and {public_code(key, 'r1')}"

    assert find_personal_data(text) is None


@settings(deadline=None, max_examples=200)
@given(when=st.datetimes(), before=st.sampled_from(["", "On ", "截至", "("]))
def test_no_date_looks_personal(when: object, before: str) -> None:
    for form in ("%Y-%m-%d %H:%M", "%d.%m.%Y", "%d/%m/%Y %H:%M", "%Y/%m/%d", "%Y年%m月%d日"):
        assert find_personal_data(f"{before}{when:{form}}.") is None


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=80))
def test_any_text_can_be_looked_through(text: str) -> None:
    find_personal_data(text)


def incident(**changes: Any) -> IncidentFile:
    return IncidentFile.model_validate(
        {
            "title": "A break-in",
            "organisation": "shop",
            "narratives": {"what_happened": {"en": "Someone copied 12,000 rows on 2026-11-20."}},
            "data_kinds": ["email_address"],
            "scope": {"everyone": True},
        }
        | changes
    )


def test_a_clean_incident_passes() -> None:
    check_incident_text(incident())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Leak of anna@mail.example"}, "title"),
        (
            {"narratives": {"what_happened": {"en": "+49 171 2345678"}}},
            "narratives.what_happened.en",
        ),
        (
            {"narratives": {"what_happened": {"en": "x"}, "why": {"zh-Hans": "致电13812345678"}}},
            "narratives.why.zh-Hans",
        ),
        (
            {
                "measures": [
                    {"what": {"en": "Closed it."}, "status": "done"},
                    {"what": {"en": "Told anna@mail.example."}, "status": "done"},
                ]
            },
            "measures[1].what.en",
        ),
        (
            {"remedies": [{"id": "HELP", "details": {"en": "a@b.example"}}]},
            "remedies[0].details.en",
        ),
    ],
)
def test_personal_data_in_an_incident_names_the_field_and_never_the_value(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_incident_text(incident(**changes))

    assert refusal.value.field == field
    assert refusal.value.fix
    for value in ("anna", "171", "13812345678", "a@b"):
        assert value not in str(refusal.value)

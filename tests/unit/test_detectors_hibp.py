"""Have I Been Pwned: every record of the public list becomes an incident that says no more."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.detectors.hibp import Draft, draft, find_breach, read_breaches
from tocsin.detectors.hibp_classes import WITHOUT_KIND
from tocsin.detectors.incident_yaml import ASKED
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput, NotFound
from tocsin.schemas.fact import FactState, Precision
from tocsin.schemas.incident_facts import Cause
from tocsin.schemas.scope import Condition, Scope

SCOPE = Scope(where=(Condition(column="system", equals="shop"),))
RECORD: Mapping[str, Any] = {
    "Name": "Shop",
    "Title": "Shop",
    "Domain": "shop.example",
    "BreachDate": "2024-03-05",
    "AddedDate": "2024-06-07T08:09:10Z",
    "ModifiedDate": "2024-06-08T00:00:00Z",
    "PwnCount": 14_936_670,
    "Description": "Somebody else's words about it.",
    "DataClasses": ["Email addresses", "Passwords", "Genders"],
    "IsVerified": True,
    "IsFabricated": False,
    "IsRetired": False,
    "IsSpamList": False,
    "IsMalware": False,
    "IsStealerLog": False,
}


def drafted(**changes: object) -> Draft:
    return draft({**RECORD, **changes}, organisation="example", scope=SCOPE)


def test_a_record_becomes_an_incident_with_estimates_and_their_source() -> None:
    incident = drafted().incident
    started, persons = incident.facts.started, incident.facts.persons
    assert started.value is not None
    assert started.value.at == datetime(2024, 3, 5, tzinfo=UTC)
    assert started.value.precision is Precision.DAY
    assert persons.value is not None
    assert persons.value.total == 14_936_670
    for fact in (started, persons):
        assert fact.state is FactState.ESTIMATED
        assert fact.source == "Have I Been Pwned, public breach list (CC BY 4.0)"
        assert fact.as_of == datetime(2024, 6, 8, tzinfo=UTC)
    assert incident.scope == SCOPE
    assert incident.title == "Shop: data breach of 2024-03-05"


def test_when_the_list_learned_of_it_is_told_but_starts_no_clock() -> None:
    result = drafted()
    assert not result.incident.facts.detected.is_known
    assert not result.incident.facts.aware.is_known
    assert any(u.startswith("facts.detected:") and "2024-06-07" in u for u in result.unknown)
    assert any(u.startswith("facts.aware:") for u in result.unknown)


def test_every_fact_that_stays_unknown_is_listed_once() -> None:
    result = drafted()
    named = [u.partition(":")[0] for u in result.unknown if u.startswith("facts.")]
    facts = result.incident.facts
    for name in ASKED:
        if not getattr(facts, name).is_known:
            assert named.count(f"facts.{name}") == 1


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("passwords stored in plain text", DataKind.PASSWORD_PLAINTEXT),
        ("plaintext passwords", DataKind.PASSWORD_PLAINTEXT),
        ("both MD5 hashes and plain-text", DataKind.PASSWORD_PLAINTEXT),
        ("a number of unencrypted passwords", DataKind.PASSWORD_PLAINTEXT),
        ("passwords stored as bcrypt hashes", DataKind.PASSWORD_WEAK_HASH),
        ("", DataKind.PASSWORD_WEAK_HASH),
        ("bcrypt hashes and plain text password hints", DataKind.PASSWORD_WEAK_HASH),
        ("MD5, and answers stored in plain text", DataKind.PASSWORD_WEAK_HASH),
    ],
)
def test_passwords_are_read_on_the_careful_side_and_to_be_checked(
    description: str, kind: DataKind
) -> None:
    result = drafted(Description=description)
    assert result.incident.data_kinds == (DataKind.EMAIL_ADDRESS, kind)
    assert any(u.startswith("data_kinds:") and "password" in u for u in result.unknown)


def test_a_class_without_a_kind_is_listed_with_the_reason() -> None:
    result = drafted(DataClasses=["Email addresses", "Genders", "Shoe colours"])
    assert result.unmapped == (
        f"Genders: {WITHOUT_KIND['Genders']}",
        "Shoe colours: a class not known here: choose its kind",
    )


def test_a_record_none_of_whose_classes_has_a_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="none of the record's classes") as caught:
        drafted(DataClasses=["Genders"])
    assert caught.value.field == "data_kinds"


def test_what_is_partly_invented_counts_nobody_and_publishes_nothing() -> None:
    result = drafted(IsFabricated=True)
    facts = result.incident.facts
    assert not facts.persons.is_known
    assert not facts.confidentiality.is_known
    assert not facts.started.may_publish
    assert any("14,936,670" in u and "invented" in u for u in result.unknown)
    assert "made up" in result.incident.narratives.what_happened["en"]
    assert "million" not in result.incident.narratives.what_happened["en"]


def test_what_is_not_verified_publishes_nothing_and_asks_whether_it_is_real() -> None:
    result = drafted(IsVerified=False)
    facts = result.incident.facts
    assert not facts.persons.may_publish
    assert not facts.confidentiality.is_known
    assert any("is it real?" in u for u in result.unknown)
    story = result.incident.narratives.what_happened
    assert "not yet confirmed" in story["en"]
    assert "尚未核实" in story["zh-Hans"]


@pytest.mark.parametrize("flag", ["IsMalware", "IsStealerLog"])
def test_what_malware_took_was_readable_and_taken_by_an_outsider(flag: str) -> None:
    result = drafted(**{flag: True})
    assert result.incident.facts.cause.value is Cause.MALICIOUS_OUTSIDER
    assert DataKind.PASSWORD_PLAINTEXT in result.incident.data_kinds
    assert "people's own devices" in result.incident.narratives.what_happened["en"]
    assert any("did yours leak as well?" in u for u in result.unknown)


def test_a_spam_list_is_not_told_as_a_break_in() -> None:
    result = drafted(IsSpamList=True)
    assert "unwanted messages" in result.incident.narratives.what_happened["en"]
    assert not result.incident.facts.cause.is_known


@pytest.mark.parametrize(
    ("count", "en", "zh"),
    [
        (7, "About 7 accounts", "涉及约7个账号"),
        (12_345, "About 12,300 accounts", "涉及约1.2万个账号"),
        (999_999, "About 1,000,000 accounts", "涉及约100万个账号"),
        (14_936_670, "About 14.9 million accounts", "涉及约1493.7万个账号"),
        (2_000_000, "About 2 million accounts", "涉及约200万个账号"),
        (772_904_991, "About 772.9 million accounts", "涉及约7.7亿个账号"),
        (1_500_000_000, "About 1.5 billion accounts", "涉及约15亿个账号"),
    ],
)
def test_a_count_is_told_in_round_words(count: int, en: str, zh: str) -> None:
    story = drafted(PwnCount=count).incident.narratives.what_happened
    assert en in story["en"]
    assert zh in story["zh-Hans"]


def test_the_story_tells_the_dates_in_words() -> None:
    story = drafted().incident.narratives.what_happened
    assert "on or about 5 March 2024" in story["en"]
    assert "publicly known since 7 June 2024" in story["en"]
    assert "2024年3月5日" in story["zh-Hans"]
    assert "2024年6月7日" in story["zh-Hans"]


@given(description=st.text() | st.from_regex("(plain ?text|hash|answers)( [a-z]+)*"))
@settings(deadline=None, max_examples=50)
def test_no_word_of_the_description_enters_the_incident(description: str) -> None:
    told = drafted(Description=description)
    assert told in [drafted(Description=""), drafted(Description="in plain text")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("BreachDate", "March"),
        ("AddedDate", "2024-06-07T08:09:10"),
        ("PwnCount", -1),
        ("DataClasses", "Names"),
        ("Title", ""),
    ],
)
def test_a_broken_record_is_refused_and_the_field_named(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        drafted(**{field: value})
    assert caught.value.field == field


def test_a_record_is_found_by_name_whatever_its_case() -> None:
    records = [{**RECORD, "Name": name} for name in ("Adobe", "LinkedIn", "LinkedInScrape")]
    assert find_breach(records, " adobe")["Name"] == "Adobe"
    with pytest.raises(NotFound) as caught:
        find_breach(records, "Adobee")
    assert caught.value.fix == "near names: Adobe"
    with pytest.raises(NotFound) as caught:
        find_breach(records, "linked")
    assert caught.value.fix == "near names: LinkedIn, LinkedInScrape"
    with pytest.raises(NotFound):
        find_breach(records, "")


@pytest.mark.parametrize("text", ["[]", "[1]", '{"a": 1}', '[{"Name": 5}]', '"x"'])
def test_a_file_that_is_no_list_of_breaches_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match="is not a list of breaches"):
        read_breaches(path)

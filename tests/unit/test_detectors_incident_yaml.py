"""Writing incident files: what is written is read back, and what is unknown is listed."""

from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.detectors.incident_file import (
    dump_incident,
    parse_incident,
)
from tocsin.detectors.strict_yaml import parse_yaml
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.fact import Fact, FactState, Instant, Precision
from tocsin.schemas.incident import IncidentFile, Narratives
from tocsin.schemas.incident_facts import Cause, CountTable, IncidentFacts
from tocsin.schemas.scope import Condition, Scope

GOOD = """\
title: Accounts copied
organisation: example
facts:
  aware: 2026-11-20T09:30:00+01:00
narratives:
  what_happened: {en: Someone copied accounts.}
data_kinds: [email_address]
scope:
  where:
    - {column: system, equals: shop}
"""

T = TypeVar("T")

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=3, max_size=60)
times = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001  # hypothesis wants naive bounds
    datetime(2026, 11, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9.5))]),
)
instants = st.builds(Instant, at=times, precision=st.sampled_from(Precision))


def facts_of(kind: type[Fact[T]], values: st.SearchStrategy[T]) -> st.SearchStrategy[Fact[T]]:
    known = st.builds(
        kind,
        state=st.sampled_from([FactState.KNOWN, FactState.ESTIMATED]),
        value=values,
        as_of=st.none() | times,
        source=st.none() | texts,
        may_publish=st.booleans(),
    )
    unknown = st.sampled_from(
        [FactState.BEING_DETERMINED, FactState.NOT_APPLICABLE, FactState.CANNOT_BE_DETERMINED]
    )
    return known | st.builds(kind, state=unknown)


incidents = st.builds(
    IncidentFile,
    title=texts,
    organisation=st.just("example"),
    facts=st.builds(
        IncidentFacts,
        started=facts_of(Fact[Instant], instants),
        aware=facts_of(Fact[Instant], instants),
        cause=facts_of(Fact[Cause], st.sampled_from(Cause)),
        persons=facts_of(
            Fact[CountTable], st.builds(CountTable, total=st.none() | st.integers(0, 2**53 - 1))
        ),
        unintelligible=facts_of(Fact[bool], st.booleans()),
        systems=facts_of(Fact[tuple[str, ...]], st.lists(texts, max_size=3).map(tuple)),
    ),
    narratives=st.builds(Narratives, what_happened=st.dictionaries(texts, texts, max_size=3)),
    data_kinds=st.lists(st.sampled_from(DataKind), min_size=1, max_size=4).map(tuple),
    scope=st.builds(
        Scope,
        where=st.lists(
            st.builds(
                Condition,
                column=texts,
                equals=texts | st.integers(0, 10**12) | st.booleans(),
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
)


@given(incident=incidents, notes=st.lists(texts, max_size=3))
@settings(deadline=None, max_examples=150)
def test_an_incident_written_and_read_is_the_same_whatever_its_texts_and_notes(
    incident: IncidentFile, notes: list[str]
) -> None:
    assert parse_incident(parse_yaml(dump_incident(incident, notes=notes))) == incident


def test_a_written_incident_lists_what_is_unknown_and_what_was_noted() -> None:
    incident = parse_incident(parse_yaml(GOOD))
    text = dump_incident(incident, notes=["facts.cause: was it the supplier?", "a\n- note: 1"])
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert "#   - facts.cause: was it the supplier?" in comments
    assert "#   - a - note: 1" in comments
    assert "#   - facts.ended: when it ended" in comments
    assert not any("facts.aware" in line for line in comments)
    assert sum("facts.cause" in line for line in comments) == 1

"""Have I Been Pwned: a record of its public breach list becomes the draft of an incident.

The list (CC BY 4.0, Have I Been Pwned, https://haveibeenpwned.com) tells when data was taken, how
many accounts and which classes of data. What it does not tell stays unknown and is listed.
`AddedDate` is when the list learned of the data, not when the organisation did: the draft tells it,
but as neither `detected` nor `aware`, on which legal clocks stand. The record's description is
another author's text: it is searched for how the passwords were kept, and never copied.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from pydantic import ValidationError
from tocsin.detectors.hibp_classes import KINDS, PASSWORDS, TO_CONFIRM, WITHOUT_KIND
from tocsin.detectors.hibp_record import BreachRecord, breach_record, find_breach, read_breaches
from tocsin.detectors.hibp_story import Origin, what_happened
from tocsin.detectors.incident_yaml import unknown_facts
from tocsin.detectors.plain_errors import as_invalid_input
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact import Fact, FactState, Instant, Precision
from tocsin.schemas.incident import IncidentFile, Narratives
from tocsin.schemas.incident_facts import Cause, Confidentiality, CountTable, IncidentFacts
from tocsin.schemas.scope import Scope

__all__ = ["SOURCE", "Draft", "draft", "find_breach", "kinds_of", "read_breaches"]

SOURCE = "Have I Been Pwned, public breach list (CC BY 4.0)"
_READABLE = re.compile(r"(?:plain|clear)[\s-]*text|unencrypted\s+passwords?", re.IGNORECASE)
_READABLE_HINTS_ONLY = re.compile(
    r"answers(?:\s+stored)?\s+in\s+plain\s+text|plain\s+text\s+password\s+hints?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An incident drafted from a breach record, and what a person must add or check."""

    incident: IncidentFile
    unknown: tuple[str, ...]
    """What the record does not tell or leaves in doubt: `field: what to find out`."""
    unmapped: tuple[str, ...]
    """Data classes that no kind of personal data stands for: `class: why`."""


def draft(record: Mapping[str, Any], *, organisation: str, scope: Scope) -> Draft:
    """Return the draft of an incident of `organisation` that touched the people in `scope`.

    Raises InvalidInput for a record that is broken, or none of whose classes has a kind.
    """
    breach = breach_record(record)
    kinds = kinds_of(breach)
    if not kinds:
        message = "none of the record's classes is a kind of personal data"
        raise InvalidInput(message, field="data_kinds", fix="write the incident file by hand")
    facts = _facts(breach)
    try:
        incident = IncidentFile(
            title=f"{' '.join(breach.title.split())[:150]}: data breach of {breach.breach_date}",
            organisation=organisation,
            facts=facts,
            narratives=Narratives(
                what_happened=what_happened(
                    origin=_origin(breach),
                    started=breach.breach_date,
                    published=breach.added_date.astimezone(UTC).date(),
                    accounts=breach.pwn_count,
                    verified=breach.is_verified,
                )
            ),
            data_kinds=kinds,
            scope=scope,
        )
    except ValidationError as error:
        raise as_invalid_input(error, raw={}, model=IncidentFile) from None
    to_check = tuple(_to_check(breach))
    return Draft(
        incident=incident,
        unknown=(*to_check, *unknown_facts(facts, besides=to_check)),
        unmapped=tuple(_unmapped(breach)),
    )


def _origin(breach: BreachRecord) -> Origin:
    if breach.is_fabricated:
        return Origin.PARTLY_INVENTED
    if breach.is_malware or breach.is_stealer_log:
        return Origin.MALWARE
    return Origin.SPAM_LIST if breach.is_spam_list else Origin.SERVICE


def _facts(breach: BreachRecord) -> IncidentFacts:
    """Everything is an estimate; it may be published only if verified and not invented."""
    invented = breach.is_fabricated
    told: dict[str, Any] = {
        "state": FactState.ESTIMATED,
        "source": SOURCE,
        "as_of": breach.modified_date,
        "may_publish": breach.is_verified and not invented,
    }
    day = datetime.combine(breach.breach_date, time(0), tzinfo=UTC)
    from_devices = _origin(breach) is Origin.MALWARE
    spread = breach.is_verified and not invented
    return IncidentFacts(
        started=Fact[Instant](value=Instant(at=day, precision=Precision.DAY), **told),
        cause=Fact[Cause](value=Cause.MALICIOUS_OUTSIDER, **told)
        if from_devices
        else Fact[Cause](),
        confidentiality=Fact[Confidentiality](value=Confidentiality.UNKNOWN_RECIPIENTS, **told)
        if spread
        else Fact[Confidentiality](),
        persons=Fact[CountTable]()
        if invented
        else Fact[CountTable](value=CountTable(total=breach.pwn_count), **told),
    )


def _password_kind(breach: BreachRecord) -> DataKind:
    told = _READABLE_HINTS_ONLY.sub("", breach.description)
    # software on a device takes passwords as they are typed or as the browser keeps them
    readable = _READABLE.search(told) is not None or _origin(breach) is Origin.MALWARE
    return DataKind.PASSWORD_PLAINTEXT if readable else DataKind.PASSWORD_WEAK_HASH


def kinds_of(breach: BreachRecord) -> tuple[DataKind, ...]:
    """Return the kinds once each, in the order of the closed set."""
    found = {kind for name in breach.data_classes for kind in KINDS.get(name, ())}
    if PASSWORDS & set(breach.data_classes):
        found.add(_password_kind(breach))
    return tuple(kind for kind in DataKind if kind in found)


def _unmapped(breach: BreachRecord) -> Iterator[str]:
    for name in breach.data_classes:
        if name not in KINDS and name not in PASSWORDS:
            yield f"{name}: {WITHOUT_KIND.get(name, 'a class not known here: choose its kind')}"


def _to_check(breach: BreachRecord) -> Iterator[str]:
    published = breach.added_date.astimezone(UTC).date()
    yield (
        f"facts.detected: the breach list has known the data since {published}; when did the"
        " organisation first notice it?"
    )
    if breach.breach_date.day == 1:
        yield "facts.started: the first of a month often stands for the month or the year"
    if breach.is_fabricated:
        yield f"facts.persons: {breach.pwn_count:,} accounts are listed, some of them invented"
        yield "data_kinds: part of the data is invented; which kinds are true?"
    else:
        yield "facts.persons: accounts were counted, not people"
    if PASSWORDS & set(breach.data_classes):
        readable = _password_kind(breach) is DataKind.PASSWORD_PLAINTEXT
        yield (
            "data_kinds: passwords were readable, at least in part: is that so for everyone?"
            if readable
            else "data_kinds: how passwords were kept is not known, and read as weakly hashed:"
            " password_strong_hash if each was salted and slow to guess"
        )
    if not breach.is_verified:
        yield "facts.confidentiality: the list's editors could not verify the data; is it real?"
    if breach.is_malware or breach.is_stealer_log:
        yield "facts.systems: the data was taken from people's own devices; did yours leak as well?"
    if breach.is_spam_list:
        yield "facts.systems: the data stands in a list for unwanted messages; was it yours?"
    if breach.is_retired:
        yield "facts.confidentiality: the list has withdrawn this record; is the data still about?"
    for name in breach.data_classes:
        if name in TO_CONFIRM:
            yield f"data_kinds: {name}: {TO_CONFIRM[name]}"

"""Have I Been Pwned as a detector: a record of its breach list as a detection that opens a draft.

The event is the breach, by the name that the list gives it; a record changed later is the same
event. It counts as observed when the list learned of the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from tocsin.detectors.hibp import Draft, draft, kinds_of
from tocsin.detectors.hibp_record import BreachRecord, breach_record
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.data_kinds import CREDENTIALS, SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.detection import Detection, Gravity, SourceFormat, opaque_id
from tocsin.schemas.scope import Scope

RULE = "Have I Been Pwned/breach list"
_NAMED = "the public breach list names the classes of personal data"
_NO_KIND = "none of the classes that the public breach list names is a kind of personal data"


@dataclass(frozen=True, slots=True)
class Reported:
    """A breach as the stream of detections has it, and the draft of an incident that it opens."""

    detection: Detection
    draft: Draft


def reported(
    record: Mapping[str, Any], *, detector: str, organisation: str, scope: Scope
) -> Reported:
    """Return a breach record as a detection of `detector`, with the draft for `organisation`.

    Raises InvalidInput for a record that is broken, or none of whose classes has a kind.
    """
    drafted = draft(record, organisation=organisation, scope=scope)
    return Reported(detection_of(record, detector=detector), drafted)


def detection_of(record: Mapping[str, Any], *, detector: str) -> Detection:
    """Return the detection that a breach record is. Raises InvalidInput for a broken one."""
    breach = breach_record(record)
    kinds = kinds_of(breach)
    return Detection(
        event_id=opaque_id(f"hibp/{breach.name}"),
        detector=detector,
        observed_at=breach.added_date.astimezone(UTC),
        rule=RULE,
        asset=opaque_id(f"hibp/{breach.name}"),
        severity=_gravity(breach, kinds),
        kinds=kinds,
        concerns_personal_data=True if kinds else None,
        reason=_NAMED if kinds else _NO_KIND,
        source_format=SourceFormat.HIBP,
        raw_digest=sha256_hex(breach.model_dump_json().encode()),
    )


def _gravity(breach: BreachRecord, kinds: tuple[DataKind, ...]) -> Gravity:
    """The list gives no severity: by the gravest kind; less where the data may be invented."""
    if breach.is_fabricated or not breach.is_verified:
        return Gravity.MEDIUM
    if any(SENSITIVITY[kind] is Sensitivity.S3 for kind in kinds):
        return Gravity.CRITICAL
    return Gravity.HIGH if CREDENTIALS & set(kinds) else Gravity.MEDIUM

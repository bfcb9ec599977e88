"""Have I Been Pwned as a detector: a record of its breach list as a detection that opens a draft.

The event is the breach, by the name that the list gives it; a record changed later is the same
event. It counts as observed when the list learned of the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from tocsin.detectors.hibp import Draft, draft
from tocsin.detectors.hibp_record import BreachRecord, breach_record
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.data_kinds import CREDENTIALS, SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.detection import Detection, Gravity, SourceFormat, opaque_id
from tocsin.schemas.scope import Scope

RULE = "Have I Been Pwned/breach list"


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
    breach = breach_record(record)
    drafted = draft(record, organisation=organisation, scope=scope)
    kinds = drafted.incident.data_kinds
    detection = Detection(
        event_id=opaque_id(f"hibp/{breach.name}"),
        detector=detector,
        observed_at=breach.added_date.astimezone(UTC),
        rule=RULE,
        asset=opaque_id(f"hibp/{breach.name}"),
        severity=_gravity(breach, kinds),
        kinds=kinds,
        concerns_personal_data=True,
        reason="the public breach list names the classes of personal data",
        source_format=SourceFormat.HIBP,
        raw_digest=sha256_hex(breach.model_dump_json().encode()),
    )
    return Reported(detection, drafted)


def _gravity(breach: BreachRecord, kinds: tuple[DataKind, ...]) -> Gravity:
    """The list gives no severity: by the gravest kind; less where the data may be invented."""
    if breach.is_fabricated or not breach.is_verified:
        return Gravity.MEDIUM
    if any(SENSITIVITY[kind] is Sensitivity.S3 for kind in kinds):
        return Gravity.CRITICAL
    return Gravity.HIGH if CREDENTIALS & set(kinds) else Gravity.MEDIUM

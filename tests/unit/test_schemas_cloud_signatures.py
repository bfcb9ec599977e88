"""Signed events: nobody reports in a detector's name, and nothing is changed on the way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.schemas.cloud_events import DETECTION, cloud_event, plain, to_wire
from tocsin.schemas.detection import Detection, SourceFormat
from tocsin.schemas.errors import InvalidInput, NotAllowed
from tocsin.schemas.lifecycle import RoundFrozen
from tocsin.schemas.signing import (
    key_pem,
    private_key,
    public_key,
    public_key_text,
    sign,
    signed_detection,
    verify,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KEYS = {"dlp": KEY.public_key(), "siem": OTHER.public_key()}


def unsigned(**changes: Any) -> dict[str, Any]:
    detection = Detection(
        event_id="e-1",
        detector="dlp",
        observed_at=NOON,
        rule="r",
        asset="a",
        concerns_personal_data=True,
        reason="a data security finding",
        source_format=SourceFormat.OCSF,
        raw_digest="0" * 64,
    )
    event = cloud_event(DETECTION, detection, event_id="e-1", source="/detectors/dlp", time=NOON)
    return plain(event) | changes


def signed(key: Ed25519PrivateKey = KEY, *, signer: str = "dlp", **changes: Any) -> dict[str, Any]:
    return sign(unsigned(**changes), signer=signer, key=key)


def test_a_signed_detection_is_accepted_with_the_name_of_its_detector() -> None:
    assert verify(signed(), keys=KEYS) == "dlp"
    assert signed_detection(to_wire(signed()), keys=KEYS).event_id == "e-1"


def test_white_space_and_the_order_of_names_do_not_matter() -> None:
    shuffled = dict(reversed(signed().items()))
    assert signed_detection(json.dumps(shuffled, indent=2).encode(), keys=KEYS).asset == "a"


def test_fields_that_the_reader_does_not_know_are_covered_too() -> None:
    newer = signed(partitionkey="p")
    assert verify(newer, keys=KEYS) == "dlp"
    with pytest.raises(NotAllowed):
        verify(newer | {"partitionkey": "q"}, keys=KEYS)


@pytest.mark.parametrize("field", [*unsigned(), "signer", "another"])
def test_a_change_of_any_field_is_refused(field: str) -> None:
    with pytest.raises(NotAllowed):
        verify(signed() | {field: "changed"}, keys=KEYS)


def test_a_field_that_was_taken_away_is_missed() -> None:
    for field in unsigned():
        with pytest.raises(NotAllowed):
            verify({k: v for k, v in signed().items() if k != field}, keys=KEYS)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (unsigned(), "signature"),
        (unsigned(signer="dlp"), "signature"),
        (signed() | {"signature": ""}, "signature"),
        (signed() | {"signature": "no base64!"}, "signature"),
        (signed() | {"signature": "周"}, "signature"),
        (signed() | {"signature": 7}, "signature"),
        (signed(OTHER), "signature"),
        (signed(signer="stranger"), "signer"),
    ],
)
def test_an_event_that_nobody_known_signed_is_refused(document: dict[str, Any], field: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        verify(document, keys=KEYS)
    assert refused.value.field == field


def test_a_detector_cannot_report_in_the_name_of_another() -> None:
    with pytest.raises(NotAllowed, match="source"):
        verify(signed(OTHER, signer="siem"), keys=KEYS)
    borrowed = signed(OTHER, signer="siem", source="/detectors/siem")
    with pytest.raises(NotAllowed, match="data"):
        signed_detection(to_wire(borrowed), keys=KEYS)
    with pytest.raises(NotAllowed, match="data"):
        signed_detection(to_wire(signed(id="e-2")), keys=KEYS)


def test_a_detector_reports_detections_and_nothing_else() -> None:
    frozen = RoundFrozen(incident="i", round="r", in_scope=1).model_dump()
    other = signed(type="org.tocsin.round.frozen.v1", data=frozen)
    with pytest.raises(NotAllowed, match="type"):
        signed_detection(to_wire(other), keys=KEYS)


def test_keys_are_written_and_read_and_never_told() -> None:
    again = private_key(key_pem(KEY))
    assert public_key(public_key_text(again)).public_bytes_raw() == KEYS["dlp"].public_bytes_raw()
    for wrong in (b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        with pytest.raises(InvalidInput) as refused:
            private_key(wrong)
        assert "AAAA" not in str(refused.value)
    for text in ("", "AAAA", "周"):
        with pytest.raises(InvalidInput):
            public_key(text)

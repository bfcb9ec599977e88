"""Signed events: a detector signs what it reports, and nobody else can report in its name.

Ed25519 (RFC 8032) over the canonical bytes (RFC 8785) of the event without its signature, behind a
prefix that keeps the signature from meaning anything elsewhere. Every field is covered, also those
that the reader does not know. The signature travels as two CloudEvents extension attributes:
`signer`, the principal, and `signature`, in base64.
"""

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from tocsin.schemas.canonical import canonical
from tocsin.schemas.cloud_events import CloudEvent, data_of, parse_wire, read_event
from tocsin.schemas.detection import Detection
from tocsin.schemas.errors import InvalidInput, NotAllowed

_PREFIX = b"tocsin/event/1\n"
_REGISTER = "register the detector's public key, or let the detector sign again"


def signed_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the bytes that a signature of an event covers."""
    return _PREFIX + canonical({k: v for k, v in document.items() if k != "signature"})


def sign(document: Mapping[str, Any], *, signer: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return an event with `signer` and `signature`; a signature that it had is replaced."""
    named = {**document, "signer": signer}
    return {**named, "signature": base64.b64encode(key.sign(signed_bytes(named))).decode()}


def verify(document: Mapping[str, Any], *, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Return the principal that signed an event. `keys`: principal -> public key.

    Raises NotAllowed for an event without a signature, of an unknown signer, or changed since; and
    for one that names another detector as its source than the one that signed.
    """
    signer, signature = document.get("signer"), document.get("signature")
    if not isinstance(signer, str) or not isinstance(signature, str):
        message = "the event is not signed"
        raise NotAllowed(message, field="signature", fix="sign it with the detector's key")
    key = keys.get(signer)
    if key is None:
        message = "no key is registered for the event's signer"
        raise NotAllowed(message, field="signer", fix=_REGISTER)
    try:
        key.verify(base64.b64decode(signature, validate=True), signed_bytes(document))
    except (InvalidSignature, ValueError):
        message = "the signature is not the signer's, or the event was changed"
        raise NotAllowed(message, field="signature", fix=_REGISTER) from None
    if document.get("source") != source_of(signer):
        message = "the event names another source than its signer"
        raise NotAllowed(message, field="source", fix="a detector reports in its own name only")
    return signer


def signed_detection(data: bytes, *, keys: Mapping[str, Ed25519PublicKey]) -> Detection:
    """Return the detection in an event's bytes once its signature holds.

    Raises NotAllowed as `verify` does, also where the detection names another detector; and
    InvalidInput for what is not a detection.
    """
    document = parse_wire(data)
    signer = verify(document, keys=keys)
    event: CloudEvent = read_event(document)
    detection = data_of(event)
    if not isinstance(detection, Detection):
        message = "detectors report detections, and nothing else"
        raise NotAllowed(message, field="type", fix="send org.tocsin.detection.v1")
    if detection.detector != signer or detection.event_id != event.id:
        message = "the detection names another detector or event than its envelope"
        raise NotAllowed(message, field="data", fix="a detector reports in its own name only")
    return detection


def source_of(principal: str) -> str:
    """Return the `source` attribute of what a detector sends."""
    return f"/detectors/{principal}"


def key_pem(key: Ed25519PrivateKey) -> bytes:
    """Return a private key as PEM (PKCS 8, not encrypted): keep the file to its owner (0600)."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Return the private key that `key_pem` wrote. Raises InvalidInput for any other."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = "is not an Ed25519 private key in PEM"
        raise InvalidInput(message, field="key", fix="openssl genpkey -algorithm ed25519")
    return key


def public_key_text(key: Ed25519PrivateKey) -> str:
    """Return the public half as the base64 of its 32 bytes, to be registered."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """Return the public key that `public_key_text` wrote. Raises InvalidInput for any other."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError:
        message = "is not the base64 of an Ed25519 public key"
        raise InvalidInput(message, field="key", fix="32 bytes, 44 characters") from None

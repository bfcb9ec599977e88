"""Names that are computed, never drawn: child events, notice keys, reference codes."""

import hashlib
import hmac
import uuid

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32 without 0 and 1
_CODE_LENGTH = 9


def child_id(parent: str, event_type: str, position: int | str) -> str:
    """Return a child event's id: uuid5 of parent, type and position in a deterministic plan."""
    return str(uuid.uuid5(uuid.UUID(parent), f"{event_type}/{position}"))


def root_id(kind: str, name: str) -> str:
    """Return a deterministic id for something named outside (an idempotency key, a timer)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:tocsin:{kind}:{name}"))


def keyed_digest(key: bytes, text: str) -> str:
    """Return HMAC-SHA-256(key, text) in hexadecimal: a pseudonym or an address digest."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def notice_key(round_key: bytes, round_id: str, lane: str, seq: int) -> bytes:
    """Return the key of one obligation's notice: HMAC-SHA-256(round key, obligation), 32 bytes."""
    return hmac.digest(round_key, f"notice/{round_id}/{lane}/{seq}".encode(), "sha256")


def _check_digit(code: str) -> str:
    total = sum((i + 1) * _ALPHABET.index(c) for i, c in enumerate(code))
    return _ALPHABET[total % len(_ALPHABET)]


def _code(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest[:16], "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def reference_code(key: bytes) -> str:
    """Return the personal reference of a notice: nine characters and a check digit, `XXXXX-XXXXX`.

    30 symbols: Crockford's base32 without 0 and 1, which readers confuse with O and I.
    """
    code = _code(hashlib.sha256(b"reference" + key).digest(), _CODE_LENGTH)
    code += _check_digit(code)
    return f"{code[:5]}-{code[5:]}"


def public_code(round_key: bytes, round_id: str) -> str:
    """Return the code that stands on every notice of a round and on its public page: `TC-XXXXX`."""
    return "TC-" + _code(hmac.digest(round_key, f"public/{round_id}".encode(), "sha256"), 5)


def is_reference_code(text: str) -> bool:
    """Whether `text` has the shape and the check digit of a personal reference."""
    code = text.replace("-", "").upper()
    return (
        len(code) == _CODE_LENGTH + 1
        and all(c in _ALPHABET for c in code)
        and _check_digit(code[:-1]) == code[-1]
    )


def message_id(key: bytes, domain: str) -> str:
    """Return the Message-ID of a notice, angle brackets included (RFC 5322 section 3.6.4)."""
    return f"<{hashlib.sha256(b'message-id' + key).hexdigest()[:32]}@{domain}>"

"""Names that are computed, never drawn: child events, notice keys, reference codes."""

import hashlib
import hmac
import re
import uuid
from functools import lru_cache
from operator import getitem
from typing import NamedTuple

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32 without 0 and 1
_PLACE = {symbol: place for place, symbol in enumerate(_ALPHABET)}
_PAIRS = tuple(a + b for b in _ALPHABET for a in _ALPHABET)
"""Two symbols at once, the lower first."""
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 section 6, in lower case
_BASE32_PAIRS = tuple(a + b for a in _BASE32 for b in _BASE32)
_NAMING, _PROVING = 6, 3
"""Symbols of a personal reference that name a notice, and those that prove it genuine."""
_CODE_LENGTH = _NAMING + _PROVING
_PROOF_BYTES = 8
_BLOCK = 64
"""Octets that SHA-256 takes at once."""
RETURN_CODE = (
    r"n-([a-z0-9]{1,12})-([0-9]{1,4})-([a-z0-9.~_-]{1,80})-([0-9]{1,9})-([0-9]{1,2})-([a-z2-7]{13})"
)
"""What a return code looks like, in lower case: incident, round, lane, seq, rung, proof."""
_RETURN_CODE = re.compile(RETURN_CODE, re.ASCII)


def child_id(parent: str, event_type: str, position: int | str) -> str:
    """Return a child event's id: uuid5 of parent, type and position in a deterministic plan."""
    return str(uuid.uuid5(uuid.UUID(parent), f"{event_type}/{position}"))


def root_id(kind: str, name: str) -> str:
    """Return a deterministic id for something named outside (an idempotency key, a timer)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:tocsin:{kind}:{name}"))


@lru_cache(maxsize=64)
def _padded(key: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """Return the two states in which HMAC begins (RFC 2104), so that they are made once per key."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
    return hashlib.sha256(inner), hashlib.sha256(outer)


def keyed_bytes(key: bytes, data: bytes) -> bytes:
    """Return HMAC-SHA-256(key, data), 32 bytes (RFC 2104); for keys that are used often."""
    inner, outer = _padded(key)
    made = inner.copy()
    made.update(data)
    whole = outer.copy()
    whole.update(made.digest())
    return whole.digest()


def keyed_digest(key: bytes, text: str) -> str:
    """Return HMAC-SHA-256(key, text) in hexadecimal: a pseudonym or an address digest."""
    return keyed_bytes(key, text.encode()).hex()


def notice_key(round_key: bytes, round_id: str, lane: str, seq: int) -> bytes:
    """Return the key of one obligation's notice: HMAC-SHA-256(round key, obligation), 32 bytes."""
    return keyed_bytes(round_key, f"notice/{round_id}/{lane}/{seq}".encode())


_WEIGHED = tuple(
    {symbol: weight * place for symbol, place in _PLACE.items()}
    for weight in range(1, _CODE_LENGTH + 1)
)


def _check_digit(code: str) -> str:
    total = sum(map(getitem, _WEIGHED, code))
    return _ALPHABET[total % len(_ALPHABET)]


def _code(digest: bytes, length: int) -> str:
    """Return up to nine symbols that a digest begins with."""
    number = int.from_bytes(digest[:8], "big")
    code = ""
    while len(code) < length:
        code += _PAIRS[number % 900]
        number //= 900
    return code[:length]


def reference_code(round_key: bytes, notice: bytes) -> str:
    """Return the personal reference of the notice with the key `notice`: `XXXXX-XXXXX`.

    30 symbols: Crockford's base32 without 0 and 1, which readers confuse with O and I. Six name the
    notice, three are a proof that the round's key makes over them, and the last one is a check
    digit. So whoever holds the round's key, and nothing else, can say whether a reference is
    genuine. One that is made up passes once in 27,000 times. Among a million notices of a round
    some 1,400 share their reference with another: it names nobody for sure and opens nothing.
    """
    named = _code(hashlib.sha256(b"reference" + notice).digest(), _NAMING)
    code = named + _proof(round_key, named)
    code += _check_digit(code)
    return f"{code[:5]}-{code[5:]}"


def _proof(round_key: bytes, named: str) -> str:
    return _code(keyed_bytes(round_key, f"reference/{named}".encode()), _PROVING)


def is_genuine_reference(round_key: bytes, text: str) -> bool:
    """Whether a reference was made with the round's key, compared in constant time."""
    if not is_reference_code(text):
        return False
    code = _plain(text)
    proof = _proof(round_key, code[:_NAMING])
    return hmac.compare_digest(proof, code[_NAMING:_CODE_LENGTH])


def incident_name(key: str) -> str:
    """Return the name of the incident that was raised under an idempotency key: `INC-7K2QX`."""
    digest = hashlib.sha256(f"incident/{key}".encode()).digest()
    return f"INC-{_code(hashlib.sha256(b'reference' + digest).digest(), 5)}"


def public_code(round_key: bytes, round_id: str) -> str:
    """Return the code that stands on every notice of a round and on its public page: `TC-XXXXX`."""
    return "TC-" + _code(hmac.digest(round_key, f"public/{round_id}".encode(), "sha256"), 5)


def _plain(text: str) -> str:
    return text.replace("-", "").upper()


def is_reference_code(text: str) -> bool:
    """Whether `text` has the shape and the check digit of a personal reference."""
    code = _plain(text)
    return (
        len(code) == _CODE_LENGTH + 1
        and all(c in _ALPHABET for c in code)
        and _check_digit(code[:-1]) == code[-1]
    )


def message_id(key: bytes, domain: str) -> str:
    """Return the Message-ID of a notice, angle brackets included (RFC 5322 section 3.6.4)."""
    return f"<{hashlib.sha256(b'message-id' + key).hexdigest()[:32]}@{domain}>"


def _return_proof(key: bytes, rung: int) -> str:
    """Return 64 bits of SHA-256 over a rung and a notice's key, which is secret: 13 symbols."""
    digest = hashlib.sha256(b"return/%d/" % rung + key).digest()
    number = int.from_bytes(digest[:_PROOF_BYTES], "big") << 1
    two = _BASE32_PAIRS
    return (
        f"{_BASE32[number >> 60]}{two[number >> 50 & 1023]}{two[number >> 40 & 1023]}"
        f"{two[number >> 30 & 1023]}{two[number >> 20 & 1023]}{two[number >> 10 & 1023]}"
        f"{two[number & 1023]}"
    )


class ReturnCode(NamedTuple):
    """Names one notice on one rung to whoever says what became of it.

    As text `n-7k2qx-1-gmail-123-0-<proof>`: incident, number of the round, lane, seq, rung, and a
    proof that only the holder of the round's key can make. Letters, digits and `-._~`: it goes into
    the local part of an address, the query of a callback, a column of a table. It says nothing
    about a person.
    """

    round: str
    """`INC-7K2QX/r1`."""
    lane: str
    seq: int
    rung: int
    proof: str

    @classmethod
    def of(cls, round_key: bytes, round_id: str, lane: str, seq: int, *, rung: int) -> "ReturnCode":
        """Return the code of an obligation's notice on a rung."""
        key = notice_key(round_key, round_id, lane, seq)
        return cls.of_notice(key, round_id, lane, seq, rung=rung)

    @classmethod
    def of_notice(
        cls, key: bytes, round_id: str, lane: str, seq: int, *, rung: int
    ) -> "ReturnCode":
        """Return the code on a rung of the notice that has this key."""
        return cls(round_id, lane, seq, rung, _return_proof(key, rung))

    @classmethod
    def read(cls, text: str) -> "ReturnCode | None":
        """Read a code, in either case; None for anything else. Its proof is not checked here."""
        found = _RETURN_CODE.fullmatch(text.lower())
        if found is None:
            return None
        incident, number, lane, seq, rung, proof = found.groups()
        return cls(f"INC-{incident.upper()}/r{number}", lane, int(seq), int(rung), proof)

    def is_genuine(self, round_key: bytes) -> bool:
        """Whether the proof was made with the round's key, compared in constant time."""
        real = ReturnCode.of(round_key, self.round, self.lane, self.seq, rung=self.rung)
        return hmac.compare_digest(real.proof, self.proof)

    @staticmethod
    def begins(round_id: str, lane: str) -> str:
        """Return how the codes of a lane begin, as text: up to the seq."""
        incident, _, number = round_id.partition("/r")
        return f"n-{incident.removeprefix('INC-').lower()}-{number}-{lane}-"

    @staticmethod
    def ends(key: bytes, seq: int, rung: int) -> str:
        """Return how the code of the notice that has this key goes on after `begins`."""
        return f"{seq}-{rung}-{_return_proof(key, rung)}"

    def __str__(self) -> str:
        return f"{self.begins(self.round, self.lane)}{self.seq}-{self.rung}-{self.proof}"

"""Names that are computed, never drawn: child events, notice keys, reference codes."""

import hashlib
import hmac
import re
import uuid
from collections.abc import Sequence
from functools import lru_cache
from operator import getitem
from typing import NamedTuple

from tocsin.schemas.key_stream import places, scrambled

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32 without 0 and 1
_PLACE = {symbol: place for place, symbol in enumerate(_ALPHABET)}
_PAIRS = tuple(a + b for b in _ALPHABET for a in _ALPHABET)
"""Two symbols at once, the lower first."""
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 section 6, in lower case
_BASE32_PAIRS = tuple(a + b for a in _BASE32 for b in _BASE32)
_NAMING, _PROVING = 6, 3
"""Symbols of a personal reference that name a notice, and those that prove it genuine."""
_CODE_LENGTH = _NAMING + _PROVING
_MESSAGE_BYTES, _NAMED_BY = 16, slice(16, 24)
"""The parts of a notice's seed that become its Message-ID and its reference."""
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


def notice_seeds(round_key: bytes, round_id: str, lane: str, seqs: Sequence[int]) -> list[bytes]:
    """Return what the names of obligations' notices are made of, 32 bytes each; see `places`."""
    of_lane = keyed_bytes(round_key, f"notice/{round_id}/{lane}".encode())
    return places(of_lane, seqs, blocks=2)


def notice_seed(round_key: bytes, round_id: str, lane: str, seq: int) -> bytes:
    """Return what the names of one obligation's notice are made of."""
    return notice_seeds(round_key, round_id, lane, (seq,))[0]


_WEIGHED = tuple(
    {symbol: weight * place for symbol, place in _PLACE.items()}
    for weight in range(1, _CODE_LENGTH + 1)
)


def _check_digit(code: str) -> str:
    total = sum(map(getitem, _WEIGHED, code))
    return _ALPHABET[total % len(_ALPHABET)]


def _code(octets: bytes, length: int) -> str:
    """Return up to six symbols that eight octets make."""
    number = int.from_bytes(octets, "big")
    return (_PAIRS[number % 900] + _PAIRS[number // 900 % 900] + _PAIRS[number // 810_000 % 900])[
        :length
    ]


def reference_codes(round_key: bytes, notices: Sequence[bytes]) -> list[str]:
    """Return the personal references of the notices with these seeds: `XXXXX-XXXXX`.

    30 symbols: Crockford's base32 without 0 and 1, which readers confuse with O and I. Six name the
    notice, three are a proof that the round's key makes over them, and the last one is a check
    digit. So whoever holds the round's key, and nothing else, can say whether a reference is
    genuine. One that is made up passes once in 27,000 times. Among a million notices of a round
    some 1,400 share their reference with another: it names nobody for sure and opens nothing.
    """
    named = [_code(notice[_NAMED_BY], _NAMING) for notice in notices]
    codes = map(str.__add__, named, _proofs(round_key, named))
    return [f"{code[:5]}-{code[5:]}{_check_digit(code)}" for code in codes]


def reference_code(round_key: bytes, notice: bytes) -> str:
    """Return the personal reference of one notice, as `reference_codes` does."""
    return reference_codes(round_key, (notice,))[0]


def _proofs(round_key: bytes, named: Sequence[str]) -> list[str]:
    key = keyed_bytes(round_key, b"reference")
    made = scrambled(key, [name.encode() for name in named])
    return [_code(block[:8], _PROVING) for block in made]


def is_genuine_reference(round_key: bytes, text: str) -> bool:
    """Whether a reference was made with the round's key, compared in constant time."""
    if not is_reference_code(text):
        return False
    code = _plain(text)
    (proof,) = _proofs(round_key, [code[:_NAMING]])
    return hmac.compare_digest(proof, code[_NAMING:_CODE_LENGTH])


def incident_name(key: str) -> str:
    """Return the name of the incident that was raised under an idempotency key: `INC-7K2QX`."""
    return f"INC-{_code(hashlib.sha256(f'incident/{key}'.encode()).digest()[:8], 5)}"


def public_code(round_key: bytes, round_id: str) -> str:
    """Return the code that stands on every notice of a round and on its public page: `TC-XXXXX`."""
    made = hmac.digest(round_key, f"public/{round_id}".encode(), "sha256")
    return "TC-" + _code(made[:8], 5)


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


def message_id(notice: bytes, domain: str) -> str:
    """Return the Message-ID of a notice, angle brackets included (RFC 5322 section 3.6.4)."""
    return f"<{notice[:_MESSAGE_BYTES].hex()}@{domain}>"


def return_proofs(
    round_key: bytes, round_id: str, lane: str, rung: int, seqs: Sequence[int]
) -> list[str]:
    """Return what proves return codes on a rung genuine: 64 bits each, 13 symbols."""
    of_rung = keyed_bytes(round_key, f"return/{round_id}/{lane}/{rung}".encode())
    return [_in_base32(place[:_PROOF_BYTES]) for place in places(of_rung, seqs, blocks=1)]


def _in_base32(octets: bytes) -> str:
    number, two = int.from_bytes(octets, "big") << 1, _BASE32_PAIRS
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
        (proof,) = return_proofs(round_key, round_id, lane, rung, (seq,))
        return cls(round_id, lane, seq, rung, proof)

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

    def __str__(self) -> str:
        return f"{self.begins(self.round, self.lane)}{self.seq}-{self.rung}-{self.proof}"

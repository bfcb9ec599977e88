"""Secrets of many things at once: each numbered thing has its place in one key stream.

AES-256 in counter mode over zeros (NIST SP 800-38A section 6.5): without the key no place says
anything about another, and a thousand places cost what one hash costs. HMAC for each was a sixth of
what sending an e-mail took.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

_BLOCK = 16
_SPARSE = 4
"""One place in so many is asked for, or fewer: then each is made by itself."""


def places(key: bytes, numbers: Sequence[int], *, blocks: int) -> list[bytes]:
    """Return what stands at each number's place, `blocks` of 16 octets each; numbers from 0 on."""
    if not numbers:
        return []
    first, last = min(numbers), max(numbers)
    if last - first >= len(numbers) * _SPARSE:
        return [_stream(key, number, 1, blocks) for number in numbers]
    whole, width = _stream(key, first, last - first + 1, blocks), blocks * _BLOCK
    starts = [(number - first) * width for number in numbers]
    return [whole[start : start + width] for start in starts]


def _stream(key: bytes, first: int, count: int, blocks: int) -> bytes:
    begins = CTR((first * blocks).to_bytes(_BLOCK, "big"))
    return Cipher(AES256(key), begins).encryptor().update(bytes(count * blocks * _BLOCK))


def scrambled(key: bytes, words: Sequence[bytes]) -> list[bytes]:
    """Return 16 octets for each word of at most 16 octets, none of which ends with a zero.

    One block of AES each: a pseudo-random function of words, as long as each is one block.
    """
    whole = b"".join([word.ljust(_BLOCK, b"\0") for word in words])
    made = Cipher(AES256(key), ECB()).encryptor().update(whole)  # noqa: S305  # one block a word
    return [made[start : start + _BLOCK] for start in range(0, len(made), _BLOCK)]

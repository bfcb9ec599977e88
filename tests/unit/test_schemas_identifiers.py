"""Computed names: the same for the same thing, for nobody to guess, and checkable by a reader."""

import hmac
import random
import re
import uuid

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tocsin.schemas.identifiers import (
    ReturnCode,
    child_id,
    incident_name,
    is_genuine_reference,
    is_reference_code,
    keyed_bytes,
    keyed_digest,
    message_id,
    notice_seed,
    notice_seeds,
    public_code,
    reference_code,
    reference_codes,
    return_proofs,
    root_id,
)

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
keys = st.binary(min_size=32, max_size=32)
PARENT = root_id("test", "parent")


def test_a_child_event_has_one_name_per_parent_type_and_position() -> None:
    names = {
        child_id(parent, kind, position)
        for parent in (PARENT, root_id("test", "other"))
        for kind in ("batch.due", "report.due")
        for position in (0, 1, "1/0.2")
    }
    assert len(names) == 12
    assert all(uuid.UUID(name).version == 5 for name in names)
    assert child_id(PARENT, "batch.due", 0) == child_id(PARENT, "batch.due", 0)


@settings(deadline=None, max_examples=200)
@given(keys)
def test_a_reference_is_readable_and_checks(key: bytes) -> None:
    code = reference_code(bytes(32), key)
    assert re.fullmatch(rf"[{ALPHABET}]{{5}}-[{ALPHABET}]{{5}}", code)
    assert is_reference_code(code)
    assert is_reference_code(code.lower().replace("-", ""))


@settings(deadline=None, max_examples=300)
@given(keys, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_most_misread_letters_are_noticed(key: bytes, place: int, letter: str) -> None:
    # Modulo 30, a step of 30/k at the k-th place goes unseen; a step of one never does.
    code = reference_code(bytes(32), key).replace("-", "")
    step = (ALPHABET.index(letter) - ALPHABET.index(code[place])) % 30
    weight = place + 1 if place < 9 else -1
    assume(step * weight % 30)
    wrong = code[:place] + letter + code[place + 1 :]
    assert not is_reference_code(wrong)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=12))
def test_what_no_reference_looks_like_is_none(text: str) -> None:
    assume(not re.fullmatch(rf"[{ALPHABET}]{{10}}", text.replace("-", "").upper()))
    assert not is_reference_code(text)


@settings(deadline=None, max_examples=200)
@given(keys, keys, st.integers(0, 10**7))
def test_a_reference_is_genuine_by_its_rounds_key_alone(key: bytes, other: bytes, seq: int) -> None:
    code = reference_code(key, notice_seed(key, "INC-1/r1", "other", seq))
    assert is_genuine_reference(key, code)
    assert is_genuine_reference(key, code.lower().replace("-", ""))
    assert code == reference_code(key, notice_seed(key, "INC-1/r1", "other", seq))


def _checked(nine: str) -> str:
    return next(nine + digit for digit in ALPHABET if is_reference_code(nine + digit))


def test_a_reference_that_is_made_up_passes_about_once_in_27000_times() -> None:
    drawn = random.Random(7)  # noqa: S311  # the same codes each time
    made_up = ["".join(drawn.choices(ALPHABET, k=9)) for _ in range(54_000)]
    passed = sum(is_genuine_reference(bytes(32), _checked(nine)) for nine in made_up)
    assert 0 <= passed <= 10  # expected are 2; more than 10 come up once in 100,000 runs


def test_the_check_digit_alone_makes_no_reference_genuine() -> None:
    code = reference_code(bytes(32), bytes(32)).replace("-", "")
    forged = _checked(code[:8] + ALPHABET[(ALPHABET.index(code[8]) + 1) % 30])
    assert not is_genuine_reference(bytes(32), forged)


def test_references_are_shared_as_seldom_as_their_length_allows() -> None:
    key, people = bytes(32), 20_000
    codes = set(reference_codes(key, notice_seeds(key, "INC-1/r1", "gmail", range(people))))
    # Expected are people**2 / 2 / 30**6 = 0.27 pairs.
    assert people - len(codes) <= 5


def test_an_incident_has_one_name_per_idempotency_key() -> None:
    assert incident_name("a") == incident_name("a") != incident_name("b")
    assert re.fullmatch(rf"INC-[{ALPHABET}]{{5}}", incident_name("a"))


@settings(deadline=None, max_examples=50)
@given(keys, keys, st.integers(0, 10**7))
def test_every_obligation_and_round_key_has_names_of_its_own(
    key: bytes, other: bytes, seq: int
) -> None:
    assume(key != other)
    notices = [
        notice_seed(key, "INC-1/r1", "other", seq),
        notice_seed(key, "INC-1/r1", "other", seq + 1),
        notice_seed(key, "INC-1/r1", "gmail", seq),
        notice_seed(key, "INC-1/r2", "other", seq),
        notice_seed(other, "INC-1/r1", "other", seq),
    ]
    assert len(set(notices)) == 5
    assert len({message_id(n, "example.com") for n in notices}) == 5
    assert len({reference_code(key, n) for n in notices}) == 5
    assert keyed_digest(key, "k1") != keyed_digest(other, "k1")


def test_a_message_id_is_one_token_at_the_senders_domain() -> None:
    notice = notice_seed(bytes(32), "INC-1/r1", "other", 0)
    assert re.fullmatch(
        r"<[0-9a-f]{32}@mail\.example\.com>", message_id(notice, "mail.example.com")
    )


def test_neither_reference_nor_message_id_nor_public_code_tells_the_key() -> None:
    key = bytes(range(32))
    notice = notice_seed(key, "INC-1/r1", "other", 0)
    shown = reference_code(key, notice) + message_id(notice, "example.com") + public_code(key, "x")
    for secret in (key, notice[16:]):
        assert secret.hex()[:8] not in shown
    assert re.fullmatch(rf"TC-[{ALPHABET}]{{5}}", public_code(key, "INC-1/r1"))
    assert public_code(key, "INC-1/r1") != public_code(key, "INC-1/r2")


lanes = st.sampled_from(
    ["gmail", "web.de", "china-telecom", "sms-de", "post-cn", "unaddressable", "gmail~us-ca_us-md"]
)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=100), st.binary(max_size=200))
def test_a_keyed_digest_is_the_hmac_of_the_standard_library(key: bytes, data: bytes) -> None:
    assert keyed_bytes(key, data) == hmac.digest(key, data, "sha256")


@settings(deadline=None, max_examples=100)
@given(keys, lanes, st.integers(0, 99_999_999), st.integers(0, 99))
def test_a_return_code_is_read_back_whoever_wrote_it_in_capitals(
    key: bytes, lane: str, seq: int, rung: int
) -> None:
    code = ReturnCode.of(key, "INC-7K2QX/r12", lane, seq, rung=rung)
    assert len(str(code)) <= 64
    assert ReturnCode.read(str(code)) == ReturnCode.read(str(code).upper()) == code
    assert code.is_genuine(key)
    assert return_proofs(key, "INC-7K2QX/r12", lane, rung, [3, seq])[1] == code.proof


@given(keys, keys, st.integers(0, 1000), st.integers(0, 1000))
def test_a_return_code_of_another_key_person_or_rung_is_not_genuine(
    key: bytes, other: bytes, seq: int, another: int
) -> None:
    assume(key != other and seq != another)
    code = ReturnCode.of(key, "INC-7K2QX/r1", "gmail", seq, rung=0)
    assert not code.is_genuine(other)
    assert not code._replace(seq=another).is_genuine(key)
    assert not code._replace(rung=1).is_genuine(key)


def test_what_is_no_return_code_is_read_as_none() -> None:
    for text in (
        "",
        "n-7k2qx-1-gmail-1-0",
        "n-7k2qx-1-gmail-x-0-aaaaaaaaaaaaa",
        "postmaster",
        "n-",
    ):
        assert ReturnCode.read(text) is None

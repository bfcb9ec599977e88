"""Bounce addresses: they name a notice, fit in an envelope, and cannot be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.notifiers.smtp_dialogue import is_path
from tocsin.returns.verp import Verp
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode

from fakes.recording_desk import KEY, code_of

BOUNCES = Verp("Bounces.Organisation.Test")


@given(
    st.integers(0, 999_999_999),
    st.integers(0, 99),
    st.from_regex(r"[a-z0-9.-]{1,24}", fullmatch=True),
)
def test_an_address_names_its_notice_in_either_case(seq: int, rung: int, lane: str) -> None:
    code = ReturnCode.of(KEY, "INC-7K2QX/r1", lane, seq, rung=rung)
    address = BOUNCES.address(code)
    assert address is not None
    assert address.isascii() and is_path(address)
    assert len(address.partition("@")[0]) <= 64
    assert BOUNCES.code(address) == BOUNCES.code(address.upper()) == code


def test_a_code_too_long_for_a_local_part_has_no_address() -> None:
    assert BOUNCES.address(code_of(0, lane="gmail~" + "_".join(["us-hipaa"] * 8))) is None


@pytest.mark.parametrize(
    "address",
    ["", "@", "postmaster@bounces.organisation.test", "n-7k2qx-1-example-0-0-x"],
)
def test_any_other_address_names_none(address: str) -> None:
    assert BOUNCES.code(address) is None


def test_a_code_at_another_domain_names_none() -> None:
    address = BOUNCES.address(code_of(0))
    assert address is not None
    assert BOUNCES.code(address.replace("bounces.", "")) is None
    assert BOUNCES.code(address + ".evil.test") is None
    assert BOUNCES.code(f"{address}@evil.test") is None


@pytest.mark.parametrize(
    "domain", ["", "no domain", "a..test", "-a.test", "例子.test", "a.test>", "a" * 64, "a." * 99]
)
def test_what_is_no_domain_is_refused_with_its_field(domain: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Verp(domain)
    assert refused.value.field == "bounces.domain"

"""The canonical bytes of each kind of fact: what the chain's roots stand on.

One function per fact table, used when a fact is written and when it is verified.
"""

from collections.abc import Sequence

from tocsin.schemas.canonical import canonical_row

Scalar = str | int | None


def fact(row: Sequence[Scalar]) -> bytes:
    """Row: incident, round, kind, name, body, at."""
    return canonical_row(("fact", *row))


def person(round_number: int, row: Sequence[Scalar]) -> bytes:
    """Row: number, pseudonym, residence, regimes, obligations."""
    return canonical_row(("person", round_number, *row))


def obligation(round_number: int, row: Sequence[Scalar]) -> bytes:
    """Row: lane, seq, person, recipient, cohort, address, obstacle, covered_by, barred."""
    return canonical_row(("obligation", round_number, *row))


def evidence(round_number: int, row: Sequence[Scalar], at: Scalar) -> bytes:
    """Row: lane, seq, rung, heard, reason, source, person."""
    return canonical_row(("evidence", round_number, *row, at))


def outcome(round_number: int, row: Sequence[Scalar], at: Scalar) -> bytes:
    """Row: lane, seq, rung, attempt, channel, result, level, reason, ref, person."""
    return canonical_row(("outcome", round_number, *row, at))

"""Promise P4: a value planted in every field of a person is found nowhere it need not be."""

import base64
import logging
import quopri
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan

from fakes.deployment import person
from fakes.keeping_relay import keeping
from fakes.promises import newest, problems, run, told

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
FATES = {
    "accepted": Do.ACCEPT,
    "refused": Do.REFUSE,
    "turned away after the content": Do.POLICY,
    "in doubt": Do.DROP_AFTER_DOT,
    "deferred": Do.DEFER,
}
"""What the relay does to each canary; the last two once."""


def canary(number: int, field: str) -> str:
    """Return a value that occurs nowhere by chance, with a character that URLs and MIME escape."""
    drawn = random.Random(f"{number}/{field}")  # noqa: S311  # to be found again, not to be secret
    return "".join(drawn.choice(_LETTERS) for _ in range(9)) + "+" + str(drawn.randrange(10**4))


def planted() -> tuple[list[dict[str, Any]], list[str]]:
    """Return people with a canary in every field, and the canaries."""
    rows: list[dict[str, Any]] = []
    values: list[str] = []
    for number in range(len(FATES) + 4):
        fields = {name: canary(number, name) for name in ("id", "email", "status", "name")}
        values += fields.values()
        fields["email"] += f"@{canary(number, 'domain').replace('+', '-')}.example"
        rows.append(person(number, country="DE", locale="en") | fields)
    minor, gone, nobody, shared = rows[len(FATES) :]
    minor |= {"birth_date": "2016-03-01", "guardian_id": rows[0]["id"]}
    nobody |= {"email": None}
    gone |= {"email": f"{gone['email']} (at work)"}
    shared |= {"email": rows[0]["email"]}
    return rows, values


def disguises(value: str) -> Iterator[bytes]:
    """Yield every form in which a value might be written down."""
    yield from (text.encode() for text in (value.upper(), value.swapcase(), value[::-1]))
    for text in (value, value.lower()):
        raw = text.encode()
        yield raw
        yield quote(text, safe="").encode()
        yield quopri.encodestring(raw, quotetabs=True).strip()
        yield raw.hex().encode()
        yield text.encode("utf-16-le")
        yield text.replace("+", "&#43;").encode()
        yield text.replace("+", "\\u002b").encode()
        for offset in range(3):
            whole = base64.b64encode(b"\0" * offset + raw)
            # The first and last characters depend on what stands beside the value.
            yield whole[(offset * 8 + 5) // 6 : len(raw) * 4 // 3 - 2]


def test_the_search_finds_a_value_in_every_disguise() -> None:
    value = canary(0, "test")
    texts = [value, value.upper(), quote(value, safe=""), value.encode().hex()]
    texts += [base64.b64encode(f"{'x' * n}{value}yyy".encode()).decode() for n in range(3)]
    for text in texts:
        assert any(form in f"... {text} ...".encode() for form in disguises(value)), text
    assert not any(form in canary(1, "test").encode() for form in disguises(value))


def found_in(places: dict[str, bytes], values: list[str]) -> set[str]:
    """Return where any of the values stands, in any disguise."""
    forms = {form for value in values for form in disguises(value)}
    assert min(map(len, forms)) > 8
    unfolded = {name: re.sub(rb"=\r?\n", b"", content) for name, content in places.items()}
    return {name for name, content in unfolded.items() if any(form in content for form in forms)}


def places(folder: Path, log: str) -> dict[str, bytes]:
    """Return everything that was written, but for the directory itself."""
    files = [p for p in folder.rglob("*") if p.is_file() and "directory" not in p.parts]
    written = {str(p.relative_to(folder)): p.read_bytes() for p in files}
    names = "\n".join(written).encode()
    return written | {"names of files": names, "log": log.encode()}


@pytest.mark.parametrize("drill", [False, True], ids=["for real", "as a drill"])
def test_a_canary_in_every_field_stands_in_the_open_roster_alone_and_nowhere_after(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, drill: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    people, values = planted()
    behaviours = {
        row["email"]: Behaviour(do=do, times=1 if do in {Do.DROP_AFTER_DOT, Do.DEFER} else None)
        for row, do in zip(people, FATES.values(), strict=False)
    }

    def log() -> str:
        said = capfd.readouterr()
        return said.out + said.err + caplog.text

    async def main() -> None:
        plan = RelayPlan(addresses=behaviours)
        quick = {"policy": {"retry_base_s": 0.05, "retry_cap_s": 0.1}}
        async with keeping(tmp_path, people, plan, **quick) as (d, relay):
            name = await d.raised(drill=drill)
            await d.approve(name)
            searched = places(tmp_path, log())
            assert found_in(searched, values) <= {p for p in searched if p.startswith("rosters/")}
            assert found_in(searched, values), "the search finds nothing even in the roster"
            await d.settle()
            coverage = await d.coverage(name)
            assert (coverage.open, coverage.in_scope) == (0, len(people))
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()
            searched = places(tmp_path, log())
            assert found_in(searched, values) == set()
            assert any(p.startswith(("reports/", "outbox/")) for p in searched)
            assert any(p.startswith("keys/") for p in searched)
            if not drill:
                assert len(relay.kept) > len(told(relay)) >= 3
                for message in relay.kept:
                    *_, body = message.partition(b"\r\n\r\n")
                    assert found_in({"body": body}, values) == set()
        searched = places(tmp_path, log())
        assert found_in(searched, values) == set()

    run(main())

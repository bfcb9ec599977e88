"""Pools of codes: what is reserved of a file, and what of it is given."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tocsin.runtimes.code_pools import CodePools
from tocsin.schemas.codes import CodeRange
from tocsin.schemas.commit import Commit, ReserveCodes
from tocsin.schemas.errors import Conflict, InvalidInput

from fakes.ledgers import apply, claimed, ledger_in, opened, run

CODES = tuple(f"CODE-{n:04d}" for n in range(20))


def write(path: Path, codes: Sequence[str]) -> Path:
    path.write_text("".join(f"{code}\n" for code in codes))
    path.chmod(0o600)
    return path


@asynccontextmanager
async def pools(folder: Path, **names: str) -> AsyncIterator[tuple[CodePools, Any]]:
    files = {name: folder / file for name, file in (names or {"a": "a.txt"}).items()}
    async with ledger_in(folder) as ledger:
        yield CodePools(files, ledger), ledger


async def reserved(found: CodePools, ledger: Any, incident: str, count: int) -> CodeRange:
    """Reserve codes of the pool `a` for a new incident, as planning does."""
    held = await found.reservable("a", count)
    event = await opened(ledger, incident)
    write = ReserveCodes(f"{incident}/r1", held.pool, held.first, held.size, held.digest)
    await apply(ledger, await claimed(ledger, only=event.id), Commit([write]))
    return held


def test_each_round_has_the_codes_after_those_of_the_round_before(tmp_path: Path) -> None:
    async def main() -> None:
        write(tmp_path / "a.txt", CODES)
        async with pools(tmp_path) as (found, ledger):
            one = await reserved(found, ledger, "INC-1", 7)
            two = await reserved(found, ledger, "INC-2", 13)
            assert (one.first, one.size, two.first, two.size) == (0, 7, 7, 13)
            assert await found.codes(one, range(7)) == CODES[:7]
            assert await found.codes(two, [12, 0]) == (CODES[19], CODES[7])
            assert await found.codes(two, [12, 0]) == (CODES[19], CODES[7])

    run(main())


def test_a_pool_with_too_few_left_reserves_nothing_and_says_how_many_are_needed(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        write(tmp_path / "a.txt", CODES)
        async with pools(tmp_path) as (found, ledger):
            await reserved(found, ledger, "INC-1", 15)
            with pytest.raises(Conflict) as refused:
                await found.reservable("a", 6)
            said = "the pool a holds 5 codes that nobody was given, and 6 are needed"
            assert (refused.value.message, refused.value.field) == (said, "code_pools.a")
            write(tmp_path / "a.txt", [*CODES, "CODE-MORE"])
            assert (await found.reservable("a", 6)).first == 15

    run(main())


@pytest.mark.parametrize(
    "codes",
    [CODES[1:], CODES[::-1], CODES[:2], ("CODE-OTHER", *CODES[1:]), (CODES[1], CODES[0])],
    ids=["taken out", "turned round", "cut off", "replaced", "exchanged"],
)
def test_of_a_file_that_was_edited_nothing_is_given_and_nothing_reserved(
    tmp_path: Path, codes: tuple[str, ...]
) -> None:
    async def main() -> None:
        write(tmp_path / "a.txt", CODES)
        async with pools(tmp_path) as (found, ledger):
            held = await reserved(found, ledger, "INC-1", 5)
            assert await found.codes(held, [0]) == CODES[:1]
            write(tmp_path / "a.txt", codes)
            for asked in (found.codes(held, [0]), found.reservable("a", 1)):
                with pytest.raises(Conflict, match="not as it was") as refused:
                    await asked
                assert "CODE-" not in str(refused.value)
            write(tmp_path / "a.txt", CODES)
            assert await found.codes(held, [0]) == CODES[:1]

    run(main())


def test_an_edit_in_the_range_of_an_earlier_round_is_found_out_too(tmp_path: Path) -> None:
    async def main() -> None:
        write(tmp_path / "a.txt", CODES)
        async with pools(tmp_path) as (found, ledger):
            await reserved(found, ledger, "INC-1", 5)
            two = await reserved(found, ledger, "INC-2", 5)
            # A code of the first round is moved to where the second takes one.
            write(tmp_path / "a.txt", (*CODES[1:6], CODES[0], *CODES[6:]))
            with pytest.raises(Conflict, match="not as it was"):
                await found.codes(two, [0])

    run(main())


def test_a_pool_under_a_new_name_and_a_code_in_two_pools_are_refused(tmp_path: Path) -> None:
    async def main() -> None:
        write(tmp_path / "a.txt", CODES)
        async with pools(tmp_path) as (found, ledger):
            await reserved(found, ledger, "INC-1", 5)
        async with pools(tmp_path, b="a.txt") as (found, ledger):
            with pytest.raises(Conflict, match="given under the name a"):
                await found.reservable("b", 1)
        write(tmp_path / "b.txt", ["NEW-CODE-1", CODES[9]])
        async with pools(tmp_path, a="a.txt", b="b.txt") as (found, ledger):
            for name in ("a", "b"):
                with pytest.raises(Conflict, match="hold the same code"):
                    await found.reservable(name, 1)

    run(main())


def test_without_its_key_or_its_file_a_pool_gives_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        write(tmp_path / "a.txt", CODES)
        async with pools(tmp_path) as (found, ledger):
            held = await reserved(found, ledger, "INC-1", 5)
            with pytest.raises(Conflict, match="no such place"):
                await found.codes(held, [5])
            with pytest.raises(InvalidInput, match="there is no pool b"):
                await found.reservable("b", 1)
            (tmp_path / "a.txt").chmod(0o644)
            (tmp_path / "a.txt").write_text("OTHER-CODE\n")
            with pytest.raises(InvalidInput, match="others may read"):
                await found.codes(held, [0])
            write(tmp_path / "a.txt", CODES)
            (key,) = (tmp_path / "keys").glob("*pool*")
            key.unlink()
            with pytest.raises(Conflict, match="restore the folder"):
                await found.reservable("a", 1)

    run(main())

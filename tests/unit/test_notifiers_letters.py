import asyncio
import csv
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tocsin.notifiers.letter_settings import Price
from tocsin.notifiers.letters import TYPESETTER, Letters
from tocsin.notifiers.sent import Sent
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Reason
from tocsin.typesetting.press import Press, TypesettingFailed

from fakes.letters import CHINESE, code_of, letter, letter_settings, letters, marked
from fakes.relays import SENDER, collect, lease_of, reason_of, run


def _print(folder: Path, messages: Sequence[Message], **fields: Any) -> dict[int, Sent]:
    sent: dict[int, Sent] = {}

    async def main() -> None:
        async with Letters(letter_settings(folder, **fields)) as notifier:
            sent.update(await collect(notifier.send(messages, lease_of(), sender=SENDER)))

    run(main())
    return sent


def _rows(folder: Path) -> list[dict[str, str]]:
    (place,) = marked(folder)
    with (place / "manifest.csv").open(newline="") as table:
        return list(csv.DictReader(table))


def test_letters_stand_by_country_and_postcode_and_the_outcome_says_where(tmp_path: Path) -> None:
    messages = [*letters(9), letter(9, to=CHINESE, locale="zh-Hans")]
    sent = _print(tmp_path, messages, per_file=4)
    (place,) = marked(tmp_path)
    rows = _rows(tmp_path)
    codes = [ReturnCode.read(row["return_code"]) for row in rows]
    assert [row["country"] for row in rows] == ["CN"] + ["DE"] * 9
    postcodes = {n: 50_000 + n * 37 % 1_000 for n in range(9)}
    assert [c.seq for c in codes if c][1:] == sorted(postcodes, key=postcodes.__getitem__)
    assert [row["file"] for row in rows] == [f"letters-000{n // 4 + 1}.pdf" for n in range(10)]
    for sequence, (row, code) in enumerate(zip(rows, codes, strict=True), start=1):
        assert code is not None
        assert row["sequence"] == str(sequence)
        assert sent[code.seq].outcome == Accepted(f"{place.name}/{sequence}")


def test_every_letter_begins_on_a_right_hand_page(tmp_path: Path) -> None:
    _print(tmp_path, letters(5))
    rows = _rows(tmp_path)
    assert [int(row["first_page"]) for row in rows] == [1, 3, 5, 7, 9]
    assert {row["pages"] for row in rows} == {"2"}


def test_the_manifest_counts_prices_and_hashes_what_is_there(tmp_path: Path) -> None:
    messages = [*letters(3), letter(3, to=CHINESE, locale="zh-Hans")]
    _print(tmp_path, messages, per_file=3)
    (place,) = marked(tmp_path)
    summed = json.loads((place / "manifest.json").read_text())
    assert (summed["letters"], summed["sheets"], summed["pages"]) == (4, 4, 8)
    assert summed["countries"] == {
        "CN": {"letters": 1, "cost": 160},
        "DE": {"letters": 3, "cost": 330},
    }
    assert (summed["cost"], summed["currency"]) == (490, "EUR")
    for name, digest in summed["sha256"].items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
    written = {path.name for path in place.iterdir()}
    assert written == {*summed["sha256"], "manifest.json", "READY"}
    mark = (place / "READY").read_text().strip()
    assert mark == hashlib.sha256((place / "manifest.json").read_bytes()).hexdigest()
    contents = {str(code_of(m.seq)): hashlib.sha256(m.content).hexdigest() for m in messages}
    assert {row["return_code"]: row["sha256"] for row in _rows(tmp_path)} == contents


def test_the_same_letters_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _print(tmp_path / name, letters(7), per_file=3)
    (one,), (two,) = marked(tmp_path / "one"), marked(tmp_path / "two")
    assert one.name == two.name
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes(), path.name


def test_what_is_out_is_not_printed_again_even_after_the_print_house_took_it(
    tmp_path: Path,
) -> None:
    first = _print(tmp_path, letters(4))
    (place,) = marked(tmp_path)
    shutil.move(place, tmp_path / "taken")
    again = _print(tmp_path, letters(6))
    assert [again[n] for n in range(4)] == [first[n] for n in range(4)]
    assert [row["return_code"] for row in _rows(tmp_path)] == [str(code_of(n)) for n in (4, 5)]


def test_a_folder_that_the_journal_knows_gets_the_mark_that_a_crash_kept_from_it(
    tmp_path: Path,
) -> None:
    first = _print(tmp_path, letters(4))
    (place,) = marked(tmp_path)
    mark = (place / "READY").read_bytes()
    (place / "READY").unlink()
    assert _print(tmp_path, letters(4)) == first
    assert marked(tmp_path) == [place]
    assert (place / "READY").read_bytes() == mark


def test_a_lost_journal_is_made_from_the_folders_that_still_lie_there(tmp_path: Path) -> None:
    first = _print(tmp_path, letters(4))
    journal = tmp_path / ".journal"
    entries = {p.name: p.read_bytes() for p in journal.rglob("*.csv")}
    shutil.rmtree(journal)
    assert _print(tmp_path, letters(4)) == first
    assert len(marked(tmp_path)) == 1
    assert {p.name: p.read_bytes() for p in journal.rglob("*.csv")} == entries


def test_a_folder_that_the_journal_does_not_know_is_made_anew(tmp_path: Path) -> None:
    _print(tmp_path, letters(4))
    (place,) = marked(tmp_path)
    (place / "READY").unlink()
    (place / "letters-0001.pdf").write_bytes(b"half")
    (tmp_path / ".journal" / place.parent.name / f"{place.name}.csv").unlink()
    _print(tmp_path, letters(3))
    (made,) = marked(tmp_path)
    assert not place.exists()
    assert (made / "letters-0001.pdf").read_bytes().startswith(b"%PDF")


def test_of_two_printers_with_the_same_letters_one_prints_them(tmp_path: Path) -> None:
    async def main() -> None:
        one, two = Letters(letter_settings(tmp_path)), Letters(letter_settings(tmp_path))
        async with one, two:
            first, second = await asyncio.gather(
                collect(one.send(letters(4), lease_of(), sender=SENDER)),
                collect(two.send(letters(6)[2:], lease_of(), sender=SENDER)),
            )
        assert [first[n] for n in (2, 3)] == [second[n] for n in (2, 3)]

    run(main())
    codes = [
        row
        for place in marked(tmp_path)
        for row in (place / "manifest.csv").read_text().splitlines()[1:]
    ]
    assert len(codes) == 6
    assert list((tmp_path / ".making").iterdir()) == []


def test_a_lease_that_ends_while_letters_are_set_marks_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        lease = lease_of(2.5)
        async with Letters(letter_settings(tmp_path)) as notifier:
            sending = notifier.send(letters(700), lease, sender=SENDER)
            assert await collect(sending, lambda _flush: setattr(lease, "fenced", True)) == {}

    run(main())
    assert marked(tmp_path) == []
    assert list((tmp_path / ".making").iterdir()) == []


@pytest.mark.parametrize(
    "to",
    [
        "Erika Mustermann\nHeidestraße 17\nKöln\nDE",
        "Erika Mustermann\n51147 Köln\nDE",
        "Erika Mustermann\n" + "W" * 40 + "\n51147 Köln\nDE",
        "Erika Mustermann\nHeidestraße \U000120d4\n51147 Köln\nDE",
    ],
    ids=["no postcode", "too few lines", "too wide", "no such letter in any font"],
)
def test_an_address_that_cannot_stand_in_the_window_is_refused_alone(
    tmp_path: Path, to: str
) -> None:
    sent = _print(tmp_path, [letter(0), letter(1, to=to), letter(2)])
    assert reason_of(sent[1]) is Reason.MALFORMED_ADDRESS
    assert [row["return_code"] for row in _rows(tmp_path)] == [str(code_of(n)) for n in (0, 2)]
    assert "Erika" not in str(sent[1])


def test_a_text_that_is_too_long_or_cannot_be_set_is_refused(tmp_path: Path) -> None:
    sent = _print(tmp_path, letters(2), pages=1)
    assert {reason_of(each) for each in sent.values()} == {Reason.REFUSED_CONTENT}
    odd = json.loads(letter(0).content)
    odd["title"] = "\U000120d4"
    strange = letter(0)._replace(pieces=(json.dumps(odd).encode(),))
    assert reason_of(_print(tmp_path, [strange])[0]) is Reason.REFUSED_CONTENT
    assert marked(tmp_path) == []


def test_a_country_without_a_price_is_refused(tmp_path: Path) -> None:
    prices = (Price("DE", 20, 110),)
    sent = _print(tmp_path, [letter(0), letter(1, to=CHINESE)], prices=prices)
    assert isinstance(sent[0].outcome, Accepted)
    assert reason_of(sent[1]) is Reason.REFUSED_BY_POLICY


def test_a_typesetter_that_dies_leaves_the_letters_for_later(tmp_path: Path) -> None:
    async def main() -> None:
        async with Letters(letter_settings(tmp_path)) as notifier:
            shutil.rmtree(tmp_path / ".making")
            sent = await collect(notifier.send(letters(3), lease_of(), sender=SENDER))
            assert {reason_of(each) for each in sent.values()} == {Reason.RELAY_UNAVAILABLE}

    run(main())
    assert marked(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        b"Dear reader",
        b"[]",
        b"{}",
        letter(1).content,
        letter(0).content.replace(str(code_of(0)).encode(), b"n-other"),
        letter(0).content.replace(letter(0).reference.encode(), b"AAAAA-AAAAA"),
    ],
    ids=["text", "list", "empty", "of another", "without its code", "without its reference"],
)
def test_what_is_no_letter_is_a_mistake_of_the_caller(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a letter"):
        _print(tmp_path, [letter(0)._replace(pieces=(content,))])


def test_a_job_that_cannot_be_set_fails_without_a_word_of_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lost = {"title": "Erika", "marks": True, "texts": [], "letters": [{"text": 0, "code": "n"}]}
    job = {"set": lost, "to": str(tmp_path / "letters.pdf"), "at": 0}

    async def main() -> None:
        with pytest.raises(TypesettingFailed) as caught:
            await Press(1, TYPESETTER).run(job)
        assert "Erika" not in str(caught.value)

    run(main())
    assert capfd.readouterr() == ("", "")


def test_no_name_and_no_address_stands_outside_the_letters(tmp_path: Path) -> None:
    _print(tmp_path, letters(3))
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".pdf":
            text = path.read_text()
            assert not any(word in text for word in ("Erika", "Heidestra", "Köln", "50000"))


def test_what_killed_processes_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    notifier = Letters(letter_settings(tmp_path))
    notifier._folders.prepare()
    child = os.fork()
    if child == 0:  # pragma: no cover
        made = notifier._folders.making()
        made.__enter__()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list((tmp_path / ".making").iterdir())) == 2
    with notifier._folders.making() as (place, _lock):
        notifier._folders.prepare()
        assert {p.name for p in (tmp_path / ".making").iterdir()} == {
            place.name,
            f"{place.name}.lock",
        }

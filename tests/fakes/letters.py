"""Made-up letters and settings for tests that print."""

from functools import cache
from pathlib import Path
from typing import Any

from tocsin.notifiers.letter_settings import LetterSettings, Price
from tocsin.rendering.letter import render_letter
from tocsin.rendering.splicing import splice
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.identifiers import ReturnCode, notice_seed, reference_code
from tocsin.schemas.notice import Message, Segments

from golden.sample import cohort, context

ROUND = "INC-7K2QX/r1"
ROUND_KEY = b"k" * 32
LANE = "letters-de"
GERMAN = "Erika Mustermann\nHeidestraße {n}\n{code:05} Köln\nDE"
CHINESE = "王小明\n北京市朝阳区建国路88号\n3号楼1201室\n100022\nCN"


@cache
def _segments(locale: str) -> Segments:
    regimes = ("CN-PIPL",) if locale.startswith("zh") else ("EU-GDPR",)
    text = cohort(locale=locale, regimes=regimes, disclosure=Disclosure.SEALED)
    return Segments.from_text(render_letter(text, context()))


def code_of(seq: int) -> ReturnCode:
    return ReturnCode.of(ROUND_KEY, ROUND, LANE, seq, rung=0)


def letter(seq: int, *, to: str | None = None, locale: str = "en") -> Message:
    """Return a letter to somebody in Cologne, or to `to`."""
    reference = reference_code(ROUND_KEY, notice_seed(ROUND_KEY, ROUND, LANE, seq))
    values = {"reference": reference, "code": str(code_of(seq))}
    content = splice(_segments(locale), values)
    address = to or GERMAN.format(n=seq, code=50_000 + seq * 37 % 1_000)
    return Message(LANE, seq, address, (content,), reference)


def letters(count: int, *, start: int = 0) -> tuple[Message, ...]:
    return tuple(letter(seq) for seq in range(start, start + count))


def letter_settings(folder: Path, **fields: Any) -> LetterSettings:
    given: dict[str, Any] = {
        "folder": folder,
        "origin": "DE",
        "language": "de",
        "currency": "EUR",
        "prices": (Price("DE", 20, 110), Price("DE", 50, 180), Price("*", 20, 160)),
    }
    return LetterSettings(**given | fields)


def marked(folder: Path) -> list[Path]:
    """Return the folders that a print house would take."""
    return sorted(path.parent for path in folder.glob("*/*/READY"))

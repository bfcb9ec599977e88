"""Sets letters as tagged PDF (PDF/UA-1): a program that reads one job and ends.

    python -m tocsin.notifiers.letter_typesetter <job.json >answer.json

In a process of its own, because what Typst remembers grows with every document it sets, and because
a letter that brings it down then brings down nothing else. Its errors quote the text of the letter:
none of them is printed.

    {"check": {"addresses": [{"lines", "country"}], "texts": [text], "most": pages}}
        -> {"unfit": [places of addresses],
            "layouts": [per text: [pages, whether set tight]; 0 pages: cannot be set]}
    {"set": {"title", "marks", "texts", "letters": [{"text", "lines", "country", "reference",
     "enrolment", "code"}]}, "to": file, "at": seconds since 1970}
        -> {"pages": [[first, last], ...], "in_all": pages of the file}
"""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst
from tocsin.notifiers.letter_mark import mark
from tocsin.typesetting.fonts import fonts

_STANDARD: Final = "ua-1"
_SAMPLE = {
    "lines": ["Name"],
    "country": "",
    "reference": "22222-22222",
    "code": "n" * 64,
    "enrolment": "N" * 40,
}
_PLACES = (
    "range({count}).map(n => ("
    'locate(label("first-" + str(n))).page(), locate(label("last-" + str(n))).page()))'
)


def check(
    addresses: list[dict[str, Any]], texts: list[dict[str, Any]], most: int
) -> dict[str, Any]:
    """Return which addresses do not fit or cannot be set, and how long each text is, in pages.

    A text longer than `most` pages is set tight, in letters of the same size.
    """
    return {"unfit": _unfit(addresses, 0), "layouts": [_layout(text, most) for text in texts]}


def typeset(job: dict[str, Any], to: Path, at: int) -> dict[str, Any]:
    """Set a file of letters; return where each begins and ends. `at` is the file's date.

    Raises:
        typst.TypstError: something cannot be set. It quotes the letters: never print it.
    """
    compiler = _compiler("letter.typ")
    marked = [{**letter, "mark": mark(letter["code"])} for letter in job["letters"]]
    document = compiler.compile(
        format="pdf",
        sys_inputs=_inputs({**job, "letters": marked}),
        pdf_standards=_STANDARD,
        timestamp=at,
    )
    assert isinstance(document, bytes)  # noqa: S101  # one PDF, never a list of pictures
    to.write_bytes(document)
    pages = json.loads(compiler.eval(_PLACES.format(count=len(job["letters"]))))
    return {"pages": pages, "in_all": pages[-1][1]}


def _unfit(addresses: list[dict[str, Any]], first: int) -> list[int]:
    """Return the places of addresses that are too wide, or have a character that no font has."""
    if not addresses:
        return []
    compiler = _compiler("letter_fit.typ")
    try:
        compiler.compile(
            format="pdf",
            sys_inputs=_inputs({"addresses": addresses}),
            pdf_standards=_STANDARD,
            timestamp=0,
        )
    except typst.TypstError:
        if len(addresses) == 1:
            return [first]
        half = len(addresses) // 2
        return [*_unfit(addresses[:half], first), *_unfit(addresses[half:], first + half)]
    (wide,) = json.loads(compiler.query("<wide>", field="value"))
    return [first + place for place in wide]


def _layout(text: dict[str, Any], most: int) -> tuple[int, bool]:
    pages = _pages({**text, "tight": False})
    return (pages, False) if pages <= most else (_pages({**text, "tight": True}), True)


def _pages(text: dict[str, Any]) -> int:
    compiler = _compiler("letter.typ")
    job = {"title": "Letter", "marks": True, "texts": [text], "letters": [{"text": 0, **_SAMPLE}]}
    try:
        compiler.compile(
            format="pdf", sys_inputs=_inputs(job), pdf_standards=_STANDARD, timestamp=0
        )
        ((_, last),) = json.loads(compiler.eval(_PLACES.format(count=1)))
    except (typst.TypstError, RuntimeError):
        return 0
    return int(last)


def _compiler(name: str) -> typst.Compiler:
    path = Path(str(files("tocsin.notifiers"))) / name
    return typst.Compiler(path, font_paths=fonts(), ignore_system_fonts=True)


def _inputs(job: dict[str, Any]) -> dict[str, str]:
    return {"job": json.dumps(job)}


def main() -> int:
    """Do the job of the standard input; return 0, or 1 where it cannot be set."""
    job = json.load(sys.stdin)
    try:
        if "check" in job:
            answer = check(**job["check"])
        else:
            answer = typeset(job["set"], Path(job["to"]), job["at"])
    except typst.TypstError:
        return 1
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A letter as it is printed: its text on paper with the size of each piece of type."""

import json
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
from tocsin.notifiers.letter_typesetter import _layout, typeset
from tocsin.rendering.letter import render_letter
from tocsin.rendering.splicing import splice
from tocsin.schemas.audience import Cohort
from tocsin.schemas.notice import NoticeContext, Segments

from fakes.letters import code_of

_AT = 1_795_600_000


class Printed(NamedTuple):
    """A printed file."""

    pages: int
    text: str
    sizes: dict[float, str]
    """Size of type in pt -> all that is set in it."""


def printed(cohort: Cohort, context: NoticeContext, folder: Path) -> Printed:
    """Set the letter of a cohort as PDF, and read it back; `letter.pdf` stays in the folder."""
    content = Segments.from_text(render_letter(cohort, context))
    values = {"reference": "73R7S-967SH", "code": str(code_of(0))}
    text = json.loads(splice(content, values))
    text["tight"] = _layout(text, 2)[1]
    one = {
        "text": 0,
        "lines": ["Jane Example", "1 Main Street", "SACRAMENTO CA 95814"],
        "country": "US",
        "reference": text["reference"],
        "code": text["code"],
    }
    to = folder / "letter.pdf"
    typeset({"title": "Letter", "marks": False, "texts": [text], "letters": [one]}, to, _AT)
    return _read(to)


def _read(path: Path) -> Printed:
    document = pypdfium2.PdfDocument(path)
    whole: list[str] = []
    sizes: dict[float, str] = {}
    for page in document:
        on_page = page.get_textpage()
        whole.append(on_page.get_text_range())
        for place in range(on_page.count_chars()):
            sign = chr(pdfium.FPDFText_GetUnicode(on_page.raw, place))
            size = round(pdfium.FPDFText_GetFontSize(on_page.raw, place), 1)
            if sign.strip():
                sizes[size] = sizes.get(size, "") + sign
    return Printed(len(document), "\n".join(whole), sizes)

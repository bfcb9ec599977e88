"""Letters as the reference checker sees them: PDF/UA-1, in every language, to every recipient."""

import json
from pathlib import Path

import typst
from tocsin.notifiers.letter_typesetter import typeset
from tocsin.rendering.letter import render_letter
from tocsin.rendering.locales import locales
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Disclosure

from fakes.letters import code_of
from fakes.verapdf import failures
from golden.sample import cohort, context

_ADDRESSES = {
    "DE": ["Erika Mustermann", "Heidestraße 17", "51147 Köln"],
    "CN": ["100022", "王小明"],
}


def _texts() -> list[dict[str, object]]:
    sealed = [
        cohort(locale=locale, recipient=recipient, disclosure=Disclosure.SEALED)
        for locale in locales()
        for recipient in RecipientKind
    ]
    texts = (json.loads(render_letter(x, context(drill=True)), strict=False) for x in sealed)
    return [{**text, "tight": n % 2 == 1} for n, text in enumerate(texts)]


def test_a_file_of_letters_is_pdf_ua(tmp_path: Path) -> None:
    texts = _texts()
    letters = [
        {
            "text": n % len(texts),
            "lines": lines,
            "country": country,
            "reference": "73R7S-967SH",
            "code": str(code_of(n)),
        }
        for n, (country, lines) in enumerate(list(_ADDRESSES.items()) * len(texts))
    ]
    job = {"title": "Letters", "marks": True, "texts": texts, "letters": letters}
    said = typeset(job, tmp_path / "letters.pdf", 1_795_600_000)
    assert len(said["pages"]) == len(letters) == 2 * len(texts)
    assert failures(tmp_path / "letters.pdf") == []


def test_the_checker_sees_what_is_wrong(tmp_path: Path) -> None:
    untagged = typst.compile(b"= A page\nwithout tags", format="pdf", pdf_tags=False)
    (tmp_path / "untagged.pdf").write_bytes(untagged)
    assert failures(tmp_path / "untagged.pdf") != []

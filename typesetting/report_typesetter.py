"""Sets a report as tagged PDF (PDF/UA-1): a program that reads one job and ends.

    python -m tocsin.typesetting.report_typesetter <job.json >report.pdf

    {"sheet": what rendering/report_sheet.py wrote, "at": seconds since 1970}

In a process of its own, because what Typst remembers grows, and because a text that brings it down
then brings down nothing else. The same job gives the same bytes with the same fonts and Typst.
"""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst
from tocsin.typesetting.fonts import fonts


def typeset(sheet: dict[str, Any], at: int) -> bytes:
    """Return the PDF of a sheet, dated `at`.

    Raises:
        typst.TypstError: it cannot be set. It quotes the sheet: never print it.
    """
    template = Path(str(files("tocsin.typesetting"))) / "report.typ"
    compiler = typst.Compiler(template, font_paths=fonts(), ignore_system_fonts=True)
    document = compiler.compile(
        format="pdf",
        sys_inputs={"job": json.dumps(sheet)},
        pdf_standards="ua-1",
        timestamp=at,
    )
    assert isinstance(document, bytes)  # noqa: S101  # one PDF, never a list of pictures
    return document


def main() -> int:
    """Do the job of the standard input; return 0, or 1 where it cannot be set."""
    job = json.load(sys.stdin)
    try:
        document = typeset(job["sheet"], job["at"])
    except typst.TypstError:
        return 1
    sys.stdout.buffer.write(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The fonts of letters and reports: two pinned packages, and nothing that the machine has."""

from functools import cache
from importlib.metadata import version
from importlib.resources import files

import typst

_PACKAGES = ("manimgx-fonts", "manimgx-fonts-cjk")
"""Noto Sans for the scripts of the world, and Noto Sans CJK (SIL Open Font License 1.1)."""


@cache
def fonts() -> typst.Fonts:
    """Return the fonts, once per process."""
    folders = [str(files(name.replace("-", "_"))) for name in _PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def set_with(*others: str) -> dict[str, str]:
    """Return what decides the bytes of a PDF beside its text: package -> version."""
    return {name: version(name) for name in ("typst", *others, *_PACKAGES)}

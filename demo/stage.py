"""The folder of the demo: what lies where, and how it is made ready for a new run."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tocsin.demo.directory_mapping import DIRECTORY_MAPPING
from tocsin.demo.toml_lines import toml_lines
from tocsin.schemas.errors import Conflict, Unavailable

MARKER = '<meta name="generator" content="tocsin demo">'
"""Stands in the index page of a folder that the demo made, and may replace."""
_UNFINISHED = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8">{MARKER}<title>Demo</title></head>
<body><p>The demo that writes this folder is still running, or was interrupted.</p></body>
</html>
"""
_OURS = (
    "announcement",
    "incidents",
    "index.html",
    "ledger",
    "outbox",
    "people.db",
    "planted",
    "preview",
    "print",
    "providers",
    "relay",
    "reports",
    "returns",
    "secrets",
    "texts",
    "tocsin.toml",
)


_MADE = ("incidents", "ledger", "planted", "providers", "relay", "returns", "secrets", "texts")


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder for one run of the demo."""

    folder: Path

    @property
    def index(self) -> Path:
        """The page that links everything."""
        return self.folder / "index.html"

    @property
    def people(self) -> Path:
        """The directory of made-up people."""
        return self.folder / "people.db"

    @property
    def config(self) -> Path:
        """The configuration that the demo runs with."""
        return self.folder / "tocsin.toml"

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.folder / "ledger" / "ledger.db"

    @property
    def relay_plan(self) -> Path:
        """What the relay does to whom."""
        return self.folder / "relay" / "plan.json"

    @property
    def relay_log(self) -> Path:
        """What the relay received, a line per message."""
        return self.folder / "relay" / "received.jsonl"

    @property
    def providers(self) -> Path:
        """What the paid services took over, a line per message."""
        return self.folder / "providers"

    @property
    def letters(self) -> Path:
        """The folders for the print house."""
        return self.folder / "print"

    @property
    def results(self) -> Path:
        """What the print house wrote back."""
        return self.folder / "returns" / "print-house.csv"

    def incident(self, name: str) -> Path:
        """Return where an incident's file lies."""
        return self.folder / "incidents" / f"{name}.yaml"

    def planted(self, name: str) -> Path:
        """Return where an incident's planted table lies, with what became of each."""
        return self.folder / "planted" / f"{name}.csv"

    def preview(self, name: str) -> Path:
        """Return where the preview of an incident lies, as its approver saw it."""
        return self.folder / "preview" / f"{name}.html"

    def prepare(self) -> None:
        """Make the folder empty, replacing an earlier run of the demo and nothing else.

        Raises:
            Conflict: the folder holds something that no demo made.
            Unavailable: the folder cannot be written.
        """
        if self.folder.is_symlink() or (self.folder.exists() and not self._is_ours()):
            message = f"{self.folder} holds something that no demo made"
            raise Conflict(message, field="output", fix="move it away, or name another folder")
        try:
            for name in _OURS:
                old = self.folder / name
                if old.is_dir() and not old.is_symlink():
                    shutil.rmtree(old)
                else:
                    old.unlink(missing_ok=True)
            for name in _MADE:
                (self.folder / name).mkdir(parents=True)
            self.index.write_text(_UNFINISHED, "utf-8")
        except OSError as error:
            message = f"{self.folder} cannot be written ({type(error).__name__})"
            raise Unavailable(message, field="output", fix="name another folder") from None

    def _is_ours(self) -> bool:
        if not self.folder.is_dir():
            return False
        if not any(self.folder.iterdir()):
            return True
        try:
            return MARKER in self.index.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return False

    def configure(self, template: str, values: Mapping[str, object]) -> None:
        """Write the configuration; relative paths in it start from the folder."""
        directory = toml_lines("directory", DIRECTORY_MAPPING)
        filled = Template(template).substitute(values, directory=directory)
        self.config.write_text(filled, "utf-8")

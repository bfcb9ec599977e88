"""What was asked around a verb: configuration, token, form of the answer."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.schemas.errors import InvalidInput

if TYPE_CHECKING:  # what a verb does not need is not loaded for it
    from tocsin.runtimes.embedded import Runtime
    from tocsin.runtimes.settings import Settings


class LogLevel(StrEnum):
    """From which level on the log is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that every verb has."""

    config: str
    token_file: str | None
    as_json: bool
    log_level: LogLevel

    def settings(self) -> "Settings":
        """Read the configuration; InvalidInput names the field and the fix."""
        from tocsin.runtimes.settings import read_settings  # noqa: PLC0415

        return read_settings(Path(self.config))

    def token(self) -> str | None:
        """Return the token that was given, by file or by environment."""
        if self.token_file is None:
            return os.environ.get("TOCSIN_TOKEN", "").strip() or None
        try:
            return Path(self.token_file).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            message = "the file cannot be read"
            fix = "name the file that `tocsin principal add ... --save FILE` wrote"
            raise InvalidInput(message, field="--token-file", fix=fix) from None

    @asynccontextmanager
    async def opened(self, *, sending: bool = False) -> AsyncIterator["Runtime"]:
        """Open the runtime, to look and to give commands; with a way out only if `sending`."""
        from tocsin.runtimes.embedded import embedded  # noqa: PLC0415

        async with embedded(self.settings(), sending=sending) as runtime:
            yield runtime

"""Alarms to the duty officers: a line in the log that a monitor can catch."""

from collections.abc import Sequence

import structlog

_log = structlog.get_logger("tocsin.alarm")


class LogBells:
    """Rings by writing an `alarm` line at the level critical; the fact stands in the ledger."""

    async def ring(self, officers: Sequence[str], text: str) -> None:
        """Alarm the officers."""
        _log.critical("alarm", officers=list(officers), text=text)

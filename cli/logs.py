"""The log: key-value lines on stderr, so that stdout holds nothing but the answer."""

import logging
import sys
from typing import Any

from tocsin.runtimes.log import structlog


def log_to_stderr(level: str) -> None:
    """Write what is at least of this level to stderr, wherever stderr points at that moment."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=_stderr,
        cache_logger_on_first_use=False,
    )


def log_nothing() -> None:
    """Leave the log out, where what happens is told in another way."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def _stderr(*_: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)

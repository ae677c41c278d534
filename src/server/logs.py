"""Structured logs: JSON lines for machines, colours for a person at a terminal.

Everything goes through structlog, also what uvicorn and other libraries tell the
standard library's loggers.
"""

import asyncio
import logging
import select
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import structlog


def configure_logging() -> None:
    """Send every log entry to standard error, as one line; may be called again."""
    # What else had made itself a handler would print lines that are no JSON.
    logging.basicConfig(handlers=[StandardLogs(logging.WARNING)], force=True)
    # Below that it writes session tokens, and all that goes into a signature.
    logging.getLogger("botocore").setLevel(logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    level = structlog.make_filtering_bound_logger(logging.INFO)
    if sys.stderr.isatty():
        structlog.configure(
            wrapper_class=level,
            processors=[*shared, structlog.dev.ConsoleRenderer()],
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        return
    structlog.configure(
        wrapper_class=level,
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
    )


def log_lines(
    event: str, common: Mapping[str, Any], each: Iterable[Mapping[str, Any]]
) -> None:
    """Log one event many times, for information.

    What is the same in all entries is worked out once, and several lines are written
    together: as many as processes with a pipe in common can write without mixing them.
    """
    settings = structlog.get_config()
    *prepare, render = settings["processors"]
    logger = settings["logger_factory"]()
    shared: Any = {"event": event, **common}
    for processor in prepare:
        shared = processor(logger, "info", shared)
    lines: list[Any] = []
    size = 0
    for own in each:
        line = render(logger, "info", {**shared, **own})
        if size + len(line) >= select.PIPE_BUF:
            _write(logger, lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    _write(logger, lines)


def _write(logger: Any, lines: list[Any]) -> None:
    if lines:
        end = b"\n" if isinstance(lines[0], bytes) else "\n"
        logger.info(end.join(lines))


class StandardLogs(logging.Handler):
    """Passes what the standard library's loggers are told on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return  # `CutRequests` has told it, without uvicorn's traceback
        # Levels of libraries may lie between those that structlog knows.
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        structlog.get_logger().log(
            level,
            record.getMessage().strip(),
            logger=record.name,
            exc_info=record.exc_info,
        )

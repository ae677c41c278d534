"""Structured logs: JSON lines for machines, colours for a person at a terminal.

Everything goes through structlog, also what uvicorn and other libraries tell the
standard library's loggers.
"""

import asyncio
import logging
import sys

import orjson
import structlog


def configure_logging() -> None:
    """Send every log entry to standard error, as one line; may be called again."""
    # What else had made itself a handler would print lines that are no JSON.
    logging.basicConfig(handlers=[StandardLogs(logging.WARNING)], force=True)
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

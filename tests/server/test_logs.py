"""What libraries tell the standard library's loggers is one JSON line each."""

import asyncio
import json
import logging
import subprocess
import sys

import structlog
from structlog.testing import capture_logs

from butlery.server.logs import StandardLogs

SCRIPT = """
import logging
from butlery.server.logs import configure_logging
configure_logging()
configure_logging()
logging.getLogger("uvicorn.error").warning("it is %d o'clock\\n", 5)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("asyncio").exception("a defect")
"""


def test_record_is_one_line_with_its_logger_and_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True
    )
    first, second = map(json.loads, done.stderr.splitlines())
    assert first["event"] == "it is 5 o'clock"
    assert (first["level"], first["logger"]) == ("warning", "uvicorn.error")
    assert (second["level"], second["logger"]) == ("error", "asyncio")
    assert "ZeroDivisionError" in second["exception"]


def emitted(level: int, error: BaseException | None = None) -> list[str]:
    info = (type(error), error, None) if error is not None else None
    record = logging.LogRecord("some", level, "", 0, "text", (), info)
    structlog.reset_defaults()
    with capture_logs() as logs:
        StandardLogs().emit(record)
    return [entry["log_level"] for entry in logs]


def test_level_between_the_known_ones_counts_as_the_lower() -> None:
    assert emitted(35) == ["warning"]
    assert emitted(99) == ["critical"]


def test_cancelled_request_is_told_elsewhere() -> None:
    assert emitted(logging.ERROR, asyncio.CancelledError()) == []
    assert emitted(logging.ERROR, ValueError()) == ["error"]


MANY = """
from butlery.server.logs import configure_logging, log_lines
import structlog
configure_logging()
common = {"who": "somebody"}
structlog.get_logger().info("read", **common, number=0)
log_lines("read", common, ({"number": n, "text": "x" * n} for n in range(1, 5001)))
log_lines("read", common, [])
"""


def test_many_lines_are_like_single_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY], check=True, capture_output=True, text=True
    )
    first, *many = map(json.loads, done.stderr.splitlines())
    assert [entry["number"] for entry in many] == [*range(1, 5001)]
    for entry in (first, *many):
        assert entry.keys() - {"text"} == first.keys()
        assert (entry["event"], entry["level"]) == ("read", "info")
        assert entry["who"] == "somebody"

"""One query's rows as they come, or as files: how fast, in how much memory."""

import contextlib
import http.client
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
import psutil  # type: ignore[import-untyped]

from benchmarks.scale.memory import sampled
from benchmarks.serving.process import Server
from benchmarks.serving.servers import LABEL

from .files import write_files
from .place import records

_MEGABYTE = 1 << 20
_READ_BYTES = 256 << 10
_ROW = b'"definition"'


class Stream(msgspec.Struct, frozen=True):
    """What one answer was; memory in MB, of the private pages of processes."""

    name: str
    rows: int
    size_bytes: int
    seconds: float
    web_before: float
    web_peak: float
    workers_peak: float
    """Of the largest; 0 where the web process does it all."""

    @property
    def rows_per_second(self) -> float:
        """Rows that came in a second."""
        return self.rows / self.seconds


def stream(server: Server, element: str = "group") -> Stream:
    """Ask for all records of a dimension, and count them as they come.

    Raises
    ------
    RuntimeError
        If the answer is an error.
    """
    return _measured(server, server.name, lambda: _read(server, element))


def write(server: Server, format_: str, element: str = "group") -> Stream:
    """Let a job write all records of a dimension to files.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    name = f"{server.name}, job, {format_}"
    return _measured(server, name, lambda: write_files(server, format_, element))


def stall(server: Server, seconds: float, element: str = "group") -> float:
    """Return by how many MB the web process grows while a client takes nothing."""
    web = psutil.Process(server.pid)
    before = _own_megabytes(web)
    with (
        contextlib.closing(ask(server, element)),
        sampled(lambda: _own_megabytes(web)) as of_web,
    ):
        time.sleep(seconds)
    return max(of_web) - before


def ask(server: Server, element: str) -> http.client.HTTPConnection:
    """Ask for all records of a dimension, and take nothing of the answer yet."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port)
    connection.request(
        "POST",
        f"/api/butler/repo/{LABEL}/v1/query/execute",
        records(element),
        {"Content-Type": "application/json"},
    )
    return connection


def _measured(server: Server, name: str, run: Callable[[], tuple[int, int]]) -> Stream:
    web = psutil.Process(server.pid)
    before = _own_megabytes(web)
    begun = time.perf_counter()
    with (
        sampled(lambda: _own_megabytes(web)) as of_web,
        sampled(lambda: _largest_worker(web)) as of_workers,
    ):
        rows, size = run()
    seconds = time.perf_counter() - begun
    return Stream(name, rows, size, seconds, before, max(of_web), max(of_workers))


def _read(server: Server, element: str) -> tuple[int, int]:
    """Read all; return rows and bytes. Rows are counted, not decoded."""
    rows = size = 0
    text = b""
    with contextlib.closing(ask(server, element)) as connection:
        response = connection.getresponse()
        while part := response.read(_READ_BYTES):
            size += len(part)
            # What may be the beginning of another row is looked at again.
            text = text[-len(_ROW) + 1 :] + part
            rows += text.count(_ROW)
    if response.status != HTTPStatus.OK or b'"type":"error"' in text[-2000:]:
        raise RuntimeError(f"{server.name}: {response.status} {text[-2000:]!r}")
    return rows, size


def _own_megabytes(process: psutil.Process) -> float:
    memory = process.memory_info()
    return float(memory.rss - memory.shared) / _MEGABYTE


def _largest_worker(web: psutil.Process) -> float:
    sizes = [0.0]
    for worker in web.children(recursive=True):
        try:
            sizes.append(_own_megabytes(worker))
        except psutil.NoSuchProcess:
            continue
    return max(sizes)

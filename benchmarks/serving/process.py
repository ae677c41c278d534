"""A server as a process of its own: started, awaited, stopped.

It counts as started when ``GET /`` answers 200.
"""

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from tests.support.postgres import free_port

ROOT = Path(__file__).parents[2]
"""Where ``benchmarks`` can be imported from."""

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Server(msgspec.Struct, frozen=True):
    """A server that answers."""

    name: str
    url: str
    pid: int


@contextlib.contextmanager
def running(
    name: str,
    arguments: list[str],
    log: Path,
    environment: Mapping[str, str] = _NOTHING,
) -> Iterator[Server]:
    """Run a module with ``--port`` for as long as the context is open."""
    port = free_port()
    command = [sys.executable, "-m", *arguments, "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own modules
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        _await_answer(process, port, log)
        yield Server(name, f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(port):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start; it said:\n{log.read_text()}")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()

"""Servers as processes of their own: started, awaited, stopped.

A server counts as started when ``GET /`` answers 200. What it prints goes to a
file, which is shown only if it does not start.
"""

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
"""Where ``benchmarks`` can be imported from."""

LABEL = "demo"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


class Server(msgspec.Struct, frozen=True):
    """A server that answers; ``pid`` is None if somebody else started it."""

    url: str
    pid: int | None = None


def build_demo(folder: Path) -> None:
    """Build the demo repository; whole, or an error."""
    subprocess.run(  # noqa: S603 - this interpreter, our own command
        [sys.executable, "-m", "butlery", "demo", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def butlery(
    repository: Path, scratch: Path
) -> "contextlib.AbstractContextManager[Server]":
    """Serve ``repository`` for as long as the context is open."""
    arguments = ["butlery", "serve", str(repository), "--label", LABEL]
    return _running([*arguments, "--host", "127.0.0.1"], scratch / "butlery.log")


def floor(answer: bytes, scratch: Path) -> "contextlib.AbstractContextManager[Server]":
    """Serve ``answer`` to every lookup for as long as the context is open."""
    file = scratch / "answer.json"
    file.write_bytes(answer)
    arguments = ["benchmarks.serving.floor", "--answer", str(file)]
    return _running(arguments, scratch / "floor.log")


@contextlib.contextmanager
def _running(arguments: list[str], log: Path) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", *arguments, "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own modules
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _await_answer(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

"""Downloads are limited in number, and none waits for ever for its client."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from litestar import Litestar, Request, Response, get
from structlog.testing import capture_logs

from butlery.server.connection import AbortableProtocol
from butlery.server.errors import EXCEPTION_HANDLERS
from butlery.server.files.downloads import Downloads
from butlery.server.files.response import file_response

PATIENCE_SECONDS = 0.5
# More than all buffers between server and client hold.
SIZE = 64 << 20


class Place:
    """A server in this process, with one file and room for two downloads."""

    def __init__(self, path: Path, patience_seconds: float) -> None:
        self.downloads = Downloads(limit=2, patience_seconds=patience_seconds)

        @get("/file")
        async def read(request: Request[Any, Any, Any]) -> Response[Any]:
            return file_response(request, path.open("rb"), self.downloads)

        app = Litestar([read], exception_handlers=EXCEPTION_HANDLERS)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        settings = uvicorn.Config(
            app,
            http=AbortableProtocol,
            loop="uvloop",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],)
        )
        self._thread.start()

    def stalled(self) -> socket.socket:
        """Begin a download, and take nothing but the first bytes."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        client.sendall(b"GET /file HTTP/1.1\r\nhost: a\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        return client

    def get(self) -> http.client.HTTPResponse:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        client.request("GET", "/file")
        return client.getresponse()

    def running(self) -> int:
        return len(self.downloads._running)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(SIZE)
    place = Place(path, getattr(request, "param", 60.0))
    yield place
    place.stop()


def taken_until_the_end(client: socket.socket) -> int:
    received = 0
    with suppress(ConnectionResetError):
        while data := client.recv(1 << 20):
            received += len(data)
    return received


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


impatient = pytest.mark.parametrize("place", [PATIENCE_SECONDS], indirect=True)


@impatient
def test_client_that_takes_nothing_is_cut(place: Place) -> None:
    with capture_logs() as logs, place.stalled() as client:
        wait_until(lambda: place.running() == 0)
        assert taken_until_the_end(client) < SIZE
    stalled = [entry for entry in logs if entry["event"] == "download-stalled"]
    assert len(stalled) == 1


@impatient
def test_client_that_is_slow_but_takes_something_gets_all(place: Place) -> None:
    with place.stalled() as client:
        received = 12
        for _ in range(8):
            time.sleep(PATIENCE_SECONDS / 4)
            for _ in range(8):
                received += len(client.recv(1 << 20))
        while received < SIZE:
            data = client.recv(1 << 20)
            assert data
            received += len(data)


def test_one_more_download_than_allowed_is_told_to_come_back(place: Place) -> None:
    first, second = place.stalled(), place.stalled()
    refused = place.get()
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert b"2 downloads" in refused.read()
    first.close()
    wait_until(lambda: place.running() < 2)
    with place.stalled():
        second.close()


def test_download_that_ended_makes_room(place: Place) -> None:
    for _ in range(5):
        assert len(place.get().read()) == SIZE
    client = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
    for _ in range(5):
        client.request("HEAD", "/file")
        assert client.getresponse().read() == b""
    client.close()
    wait_until(lambda: place.running() == 0)

"""Clients that are slow, or send too much, cost one connection, and not for ever."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from structlog.testing import capture_logs

from butlery.protocol.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from butlery.server.access import Guard, NoIdentities, Reader
from butlery.server.access.limits import Limits
from butlery.server.access.services import Services
from butlery.server.config import AccessSettings
from butlery.server.connection import AbortableProtocol
from butlery.server.patience import Patience
from butlery.server.tally import Tally

SECONDS = 1.0
PATIENCE = Patience(SECONDS, SECONDS, SECONDS, 65_536, 0.1)
# More than all buffers between server and client hold.
SIZE = 32 << 20
ROOT = "/api/butler/repo/repo"
GET = f"GET {ROOT}/small HTTP/1.1\r\nhost: a\r\n\r\n".encode()
GET_LARGE = GET.replace(b"small", b"large")


class Somebody(NoIdentities):
    async def identify(self, headers: Any, peer: str) -> Reader:
        del headers, peer
        return Reader("somebody")


class Place:
    """A server in this process, that notes what became of requests."""

    def __init__(self, patience: Patience) -> None:
        self.limits = Limits(AccessSettings())
        self.heard: list[str] = []
        app = Guard(self._answer, Somebody(), self.limits, Services({}), Tally())
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self._listener.getsockname()[1]
        settings = uvicorn.Config(
            app,
            http=partial(AbortableProtocol, patience=patience),  # type: ignore[arg-type]
            loop="uvloop",
            lifespan="off",
            log_config=None,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],)
        )
        self._thread.start()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        size, name = 2, scope["path"].rpartition("/")[2]
        if name == "late":
            await asyncio.sleep(2 * SECONDS)
        if name in {"body", "late"}:
            size = 0
            while True:
                message = await receive()
                self.heard.append(message["type"])
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    break
            if message["type"] == "http.disconnect":
                return
        body = b"x" * SIZE if name == "large" else b"%d" % size
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def connect(self, first: bytes = b"") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        client.sendall(first)
        return client

    @property
    def connections(self) -> int:
        return len(self._server.server_state.connections)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._listener.close()


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    place = Place(getattr(request, "param", PATIENCE))
    yield place
    place.stop()


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def some(client: socket.socket, most: int) -> bytes:
    """Return what comes next; it is not the end."""
    received = client.recv(most)
    assert received, "the server has closed the connection"
    return received


def rest(client: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionError):
        while data := client.recv(1 << 20):
            received += data
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def post(headers: str, name: str = "body") -> bytes:
    head = f"POST {ROOT}/{name} HTTP/1.1\r\nhost: a\r\n{headers}\r\n\r\n"
    return head.encode()


def dribble(client: socket.socket, data: bytes) -> bytes:
    """Send a byte now and then, until the server has closed; return what it said."""
    with suppress(ConnectionError):
        for byte in data:
            client.sendall(bytes([byte]))
            time.sleep(0.05)
            client.settimeout(0.001)
            with suppress(TimeoutError):
                return client.recv(4096)
    return b""


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("place", [replace(PATIENCE, head_seconds=4.0)], indirect=True)
def test_500_slow_connections_hinder_nobody_and_are_closed(place: Place) -> None:
    with place.connect(GET) as client:
        assert status(client.recv(4096)) == 200
    wait_until(lambda: place.connections == 0)
    before = descriptors()
    with ExitStack() as stack, capture_logs() as logs:
        begin = time.monotonic()
        slow = [stack.enter_context(place.connect(GET[:20])) for _ in range(500)]
        wait_until(lambda: place.connections == 500)
        for number, client in enumerate(slow):
            with suppress(ConnectionError):
                client.sendall(b"x")
            if number % 50 == 0:
                with place.connect(GET) as other:
                    asked = time.monotonic()
                    assert status(other.recv(4096)) == 200
                    assert time.monotonic() - asked < 1.0
        wait_until(lambda: place.connections == 0)
        assert time.monotonic() - begin >= 4.0
        assert {status(rest(client)) for client in slow} == {408}
    wait_until(lambda: descriptors() <= before)
    assert len([log for log in logs if log["event"] == "connection-refused"]) == 500


def test_head_that_comes_byte_by_byte_is_given_up(place: Place) -> None:
    with place.connect() as client:
        said = dribble(client, GET[:-4] + b"x" * 100)
    assert status(said) == 408
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert json.loads(body) == {"detail": "The headers did not come in time."}


def test_next_request_of_a_connection_has_no_longer(place: Place) -> None:
    with place.connect(GET) as client:
        assert status(client.recv(4096)) == 200
        # Waiting between requests is another matter: 75 s.
        time.sleep(1.5 * SECONDS)
        client.sendall(GET)
        assert status(client.recv(4096)) == 200
        assert status(dribble(client, GET[:-4] + b"x" * 100)) == 408


@pytest.mark.parametrize("first", [b"", GET])
def test_connection_that_sends_nothing_or_nothing_but_line_ends_is_closed(
    place: Place, first: bytes
) -> None:
    with place.connect(first) as client:
        if first:
            assert status(client.recv(4096)) == 200
        client.sendall(b"\r\n")
        assert status(rest(client)) in {0, 408}
    with place.connect() as client:
        assert rest(client) == b""
    wait_until(lambda: place.connections == 0)


@pytest.mark.parametrize(
    "first",
    [
        post("content-length: 1000") + b"x" * 10,
        post("transfer-encoding: chunked") + b"a\r\n0123456789\r\n",
        post("transfer-encoding: chunked") + b"1\r\nx\r\n0\r\na: b",
    ],
)
def test_body_that_does_not_come_is_given_up_and_its_place_is_free(
    place: Place, first: bytes
) -> None:
    with place.connect(first) as client:
        wait_until(lambda: place.limits.running == 1)
        said = rest(client)
        assert status(said) == 408
        assert b"The body did not come in time." in said
    wait_until(lambda: place.limits.running == 0)
    assert place.heard[-1] == "http.disconnect"


def test_body_that_nobody_reads_does_not_keep_a_connection(place: Place) -> None:
    with place.connect(post("content-length: 1000", "small")) as client:
        assert status(client.recv(4096)) == 200
        assert dribble(client, b"x" * 900) == b""
    wait_until(lambda: place.connections == 0)


def test_client_does_not_pay_for_a_server_that_reads_late(place: Place) -> None:
    size = 8 << 20
    with place.connect(post(f"content-length: {size}", "late")) as client:
        client.sendall(b"x" * size)
        answer = client.recv(4096)
        assert status(answer) == 200
        assert answer.endswith(b"\r\n\r\n%d" % size)


def test_request_may_wait_behind_another_that_takes_long(place: Place) -> None:
    late = post("content-length: 1", "late") + b"x"
    with place.connect(late + GET + GET[:-2]) as client:
        time.sleep(0.5)
        client.sendall(GET[-2:])
        received = b""
        while received.count(b"HTTP/1.1 200") < 3:
            received += some(client, 4096)


def test_client_that_takes_nothing_is_cut_and_counts_until_then(place: Place) -> None:
    with place.connect(GET_LARGE) as client:
        wait_until(lambda: place.limits.running == 1)
        time.sleep(SECONDS / 2)
        assert place.limits.running == 1
        wait_until(lambda: place.connections == 0)
        wait_until(lambda: place.limits.running == 0)
        assert len(rest(client)) < SIZE


def test_client_that_takes_nothing_before_the_end_is_cut_too(place: Place) -> None:
    asked = GET_LARGE.replace(b"host", b"connection: close\r\nhost")
    with place.connect(asked) as client:
        wait_until(lambda: place.limits.running == 1)
        wait_until(lambda: place.connections == 0)
        assert len(rest(client)) < SIZE


def test_client_that_takes_little_by_little_gets_all(place: Place) -> None:
    with place.connect(GET_LARGE) as client:
        begin, received = time.monotonic(), 0
        while time.monotonic() - begin < 2.5 * SECONDS:
            received += len(some(client, 1 << 18))
            time.sleep(0.05)
        assert received < SIZE
        while received < SIZE:
            received += len(some(client, 1 << 20))
    wait_until(lambda: place.limits.running == 0)


LARGE_HEADS = [
    b"GET /" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 12_000 + b"\r\n",
    # Without an end.
    b"GET /" + b"x" * (4 * MAX_HEAD_BYTES),
    b"GET / HTTP/1.1\r\nx: " + b"x" * (4 * MAX_HEAD_BYTES),
]


@pytest.mark.parametrize("head", LARGE_HEADS, ids=lambda head: repr(head[:40]))
@pytest.mark.parametrize("part", [1000, 1 << 20])
def test_head_that_is_too_large_is_refused(
    place: Place, head: bytes, part: int
) -> None:
    with place.connect() as client:
        with suppress(ConnectionError):
            for begin in range(0, len(head), part):
                client.sendall(head[begin : begin + part])
        said = rest(client)
    # A reset may have come before the answer was read.
    assert status(said) in {431, 0}
    if said:
        assert str(MAX_HEAD_BYTES).encode() in said
    wait_until(lambda: place.connections == 0)


def test_head_of_nearly_that_size_is_read(place: Place) -> None:
    head = GET[:-2] + b"x: " + b"x" * (MAX_HEAD_BYTES - 200) + b"\r\n\r\n"
    with place.connect(head) as client:
        assert status(client.recv(4096)) == 200
    body = b"x" * 500_000
    with place.connect(post(f"content-length: {len(body)}") + body) as client:
        assert client.recv(4096).endswith(b"\r\n\r\n500000")


ENDLESS = {
    "chunks": b"186a0\r\n" + b"x" * 100_000 + b"\r\n",
    "trailers": b"x: " + b"x" * 99_995 + b"\r\n",
    "one trailer": b"x" * 100_000,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_body_without_an_end_is_cut(place: Place, name: str) -> None:
    first = post("transfer-encoding: chunked") + b"1\r\nx\r\n"
    if name != "chunks":
        first += b"0\r\n" if name == "trailers" else b"0\r\nx: "
    with place.connect(first) as client:
        sent = 0
        with suppress(ConnectionError):
            while sent < 20 * MAX_BODY_BYTES:
                client.sendall(ENDLESS[name])
                sent += len(ENDLESS[name])
        # What lies in buffers was sent, too.
        assert sent < 4 * MAX_BODY_BYTES
    wait_until(lambda: place.connections == 0)
    wait_until(lambda: place.limits.running == 0)

"""What is kept between requests never answers another one."""

import asyncio
import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from butlery.client import AsyncButler, Butler, ButlerServerError, DimensionValueError
from butlery.client.connection.http1 import Sockets
from butlery.client.connection.messages import LostError, Request
from butlery.client.testing import FakeButlerServer
from tests.support.scripted_server import OK, Patience, Script

A = OK + b"content-length: 1\r\n\r\na"
B = OK + b"content-length: 1\r\n\r\nb"
GOOD_BYE = (
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)


@pytest.fixture
def filled() -> Iterator[FakeButlerServer]:
    with FakeButlerServer() as server:
        server.add_dimension_records("instrument", {"name": "Cam"})
        server.add_dataset_type("note", ["instrument"], "StructuredDataDict")
        server.add_dataset("note", {"instrument": "Cam"}, run="run", content={"a": 1})
        yield server


@pytest.mark.parametrize("late", [B, GOOD_BYE])
def test_what_comes_late_is_no_answer_to_the_next_request(
    sockets: Sockets, late: bytes
) -> None:
    answers = iter([[A, late], [A]])

    def serve(listener: socket.socket) -> None:
        for parts in answers:
            sock, _ = listener.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(parts[0])
                if len(parts) > 1:
                    time.sleep(0.1)
                    sock.sendall(parts[1])
                    with contextlib.suppress(ConnectionResetError):
                        sock.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=[listener], daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for _ in range(2):
            request = Request("GET", url, request_id="1")
            assert sockets.exchange(request, Patience(5.0)).body == b"a"
            time.sleep(0.3)


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (gzip.compress(b"abc", mtime=0) + gzip.compress(b"def", mtime=0), b"abcdef"),
        (gzip.compress(b"abc", mtime=0)[:-3], None),
        (gzip.compress(b"abc", mtime=0)[:10], None),
        (gzip.compress(b"abc", mtime=0) + b"junk", None),
    ],
)
def test_packed_body_is_whole_or_none(
    script: Script, sockets: Sockets, packed: bytes, expected: bytes | None
) -> None:
    length = b"content-length: %d\r\n\r\n" % len(packed)
    url = script.says(OK + b"content-encoding: gzip\r\n" + length + packed)
    request = Request("GET", url, request_id="1")
    if expected is None:
        with pytest.raises(LostError):
            sockets.exchange(request, Patience(5.0))
    else:
        assert sockets.exchange(request, Patience(5.0)).body == expected


def test_nothing_is_no_answer_to_a_question(filled: FakeButlerServer) -> None:
    with Butler(filled.url) as butler:
        butler.get_dataset_type("note")
        for status in (204, 304):
            filled.fail_next(status)
            with pytest.raises(ButlerServerError, match=str(status)):
                butler.find_dataset("note", instrument="Cam", collections="run")


def test_errors_are_the_same_for_both_clients(filled: FakeButlerServer) -> None:
    async def ask() -> None:
        async with AsyncButler(filled.url) as butler:
            await butler.find_dataset("note", nope=1, collections="run")

    with pytest.raises(DimensionValueError):
        asyncio.run(ask())
    with Butler(filled.url) as butler, pytest.raises(DimensionValueError):
        butler.find_dataset("note", nope=1, collections="run")


def test_asynchronous_butler_belongs_to_its_loop_until_it_is_closed(
    filled: FakeButlerServer,
) -> None:
    butler = AsyncButler(filled.url)

    async def ask() -> None:
        await butler.open()
        await butler.collections.query("*")

    asyncio.run(ask())
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(ask())
    asyncio.run(butler.close())
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(ask())


def test_who_is_not_there_is_soon_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(ButlerServerError, match="refused"):
        Butler(f"http://127.0.0.1:{port}/repo")
    assert time.monotonic() - started < 5


def test_more_connections_than_are_kept_are_closed(filled: FakeButlerServer) -> None:
    with Butler(filled.url) as butler:
        threads = [
            threading.Thread(target=lambda: butler.collections.query("*"))
            for _ in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept = next(iter(butler._connection._sockets._servers.values()))
        assert len(kept._idle) <= 16

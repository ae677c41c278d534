"""A store that does not answer is no reason to wait for ever, or to say where it is."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from butlery.protocol.errors import NotFoundError, UnavailableError
from butlery.server.files import fetching
from butlery.server.files.downloads import CHUNK_BYTES
from butlery.server.files.fetching import fetch
from tests.registry.conftest import anyio_backend
from tests.support.object_server import ObjectServer, running_object_server
from tests.support.postgres import free_port

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectServer]:
    with running_object_server(tmp_path) as store:
        yield store


@pytest.fixture
async def impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(fetching, "_READ_SECONDS", 1.5)
    fetching._manager.cache_clear()
    yield
    fetching._manager.cache_clear()


async def test_store_that_is_away_is_503_and_nameless() -> None:
    port = free_port()
    with pytest.raises(UnavailableError) as raised:
        await fetch(f"http://127.0.0.1:{port}/bucket/key?Signature=x", "GET", {})
    assert raised.value.detail == "The store of this file does not answer now."


@pytest.mark.usefixtures("impatient")
async def test_store_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port, began = silent.getsockname()[1], time.monotonic()
        with pytest.raises(UnavailableError):
            await fetch(f"http://127.0.0.1:{port}/bucket/key", "GET", {})
        assert time.monotonic() - began < 5


@pytest.mark.usefixtures("impatient")
async def test_store_that_stops_talking_breaks_the_download() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        def answer() -> socket.socket:
            taken, _ = silent.accept()
            taken.recv(1000)
            taken.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
            return taken

        answering = asyncio.create_task(asyncio.to_thread(answer))
        fetched = await fetch(f"http://127.0.0.1:{port}/bucket/key", "GET", {})
        with await answering, pytest.raises(OSError, match="broken off"):
            await fetched.read()
        fetched.close()


@pytest.mark.parametrize("path", ["/open/a/./b", "/open/a//b", "/open/a%2Fb%7E/~c"])
async def test_path_is_asked_for_as_it_was_signed(
    store: ObjectServer, path: str
) -> None:
    with pytest.raises(NotFoundError, match="not in the datastore"):
        await fetch(f"{store.url}{path}?a=b", "GET", {})
    assert store.asked[-1][1] == f"{path}?a=b"


async def test_chunks_are_no_larger_than_said(store: ObjectServer) -> None:
    store.large["big"] = 3 * CHUNK_BYTES + 1
    fetched = await fetch(f"{store.url}/open/big", "GET", {})
    sizes = []
    while data := await fetched.read():
        sizes.append(len(data))
    fetched.close()
    assert sum(sizes) == store.large["big"]
    assert max(sizes) <= CHUNK_BYTES

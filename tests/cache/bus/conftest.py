"""Media for frames; one Redis-protocol server for the whole session."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.cache.bus.media import Medium, Memory, RedisStream, Socket
from tests.support.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    server = RedisServer.start(password="opensesame")
    yield server
    server.stop()


@pytest.fixture
def redis_server(redis_process: RedisServer) -> RedisServer:
    """An empty server that answers."""
    redis_process.resume()
    redis_process.restart()
    return redis_process


@pytest.fixture(params=["memory", "socket", "redis"])
async def medium(request: pytest.FixtureRequest) -> AsyncIterator[Medium]:
    """A medium that is there."""
    medium: Medium
    if request.param == "redis":
        medium = RedisStream(request.getfixturevalue("redis_server"))
    else:
        medium = Memory() if request.param == "memory" else Socket()
        await medium.bring_back()
    yield medium
    await medium.close()


@pytest.fixture
async def socket() -> AsyncIterator[Socket]:
    """A hub on a socket, listening."""
    medium = Socket()
    await medium.bring_back()
    yield medium
    await medium.close()

"""A server to be told what to say, and connections to it."""

from collections.abc import Iterator

import pytest

from butlery.client.connection.http1 import Sockets
from tests.support.scripted_server import Script


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    yield server
    server.close()


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    kept = Sockets()
    yield kept
    kept.close()

"""Both clients, and a repository whose server does what a test wants."""

from collections.abc import Iterator

import pytest

from tests.support.clients import SIDES, Side
from tests.support.hostile_repository import HostileRepository
from tests.support.hostile_server import HostileServer


@pytest.fixture(params=list(SIDES))
def side(request: pytest.FixtureRequest) -> Side:
    return SIDES[request.param]


@pytest.fixture
def hostile() -> Iterator[HostileRepository]:
    with HostileServer.started() as server:
        yield HostileRepository(server)

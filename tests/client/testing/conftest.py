"""The fake server and a real one, with the same content."""

from collections.abc import Iterator

import pytest

from butlery.client.testing import FakeButlerServer
from tests.support.servers import ButleryServer

from .content import fill, make_repository


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = make_repository(tmp_path_factory.mktemp("same") / "repository")
    server = ButleryServer.start(root)
    yield server.repository_url()
    server.stop()


@pytest.fixture(scope="session")
def fake() -> Iterator[str]:
    with FakeButlerServer() as server:
        fill(server)
        yield server.url


@pytest.fixture(params=["fake", "real"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found

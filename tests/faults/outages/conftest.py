"""A PostgreSQL and a Redis that these tests may break.

Statements are counted by PostgreSQL itself.
"""

from collections.abc import Iterator

import pytest

from tests.faults.outages.stage.client import ask, ask_all
from tests.faults.outages.stage.counting import SETTINGS, prepare
from tests.faults.outages.stage.place import Place, Places, configure, serving
from tests.faults.outages.stage.proxy import SlowProxy
from tests.faults.outages.stage.streamed import POLL_SECONDS, STEADY
from tests.faults.outages.stage.watch import watching
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until
from tests.support.redis_server import RedisServer
from tests.support.servers import ButleryServer


@pytest.fixture(scope="session")
def breakable() -> Iterator[PostgresCluster]:
    """A cluster that is killed and frozen; nobody else uses it."""
    cluster = PostgresCluster.start(settings=SETTINGS)
    prepare(cluster)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def places(
    breakable: PostgresCluster, tmp_path_factory: pytest.TempPathFactory
) -> Places:
    return Places(breakable, tmp_path_factory.mktemp("outages"))


@pytest.fixture(scope="session")
def release(places: Places) -> Place:
    """A release of 300 RUNs in chains of chains of chains, and 200 users of it."""
    place = places.make()
    place.stock.release(300, 1000)
    place.stock.users(200)
    return place


@pytest.fixture(scope="session")
def proxy(breakable: PostgresCluster) -> Iterator[SlowProxy]:
    """Between the server and its database; slow when told to be."""
    with SlowProxy(breakable.port) as running:
        yield running


@pytest.fixture(scope="session")
def server(release: Place, proxy: SlowProxy) -> Iterator[ButleryServer]:
    """A server of the release, which is permanent, without a stream."""
    config = configure(
        release.seen_as_reader(proxy.port),
        permanent=["rel/*"],
        settings={"poll_seconds": POLL_SECONDS},
    )
    with serving(config) as running:
        yield running


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    server = RedisServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def heard(
    release: Place, proxy: SlowProxy, redis: RedisServer
) -> Iterator[ButleryServer]:
    """A server that hears of changes from a watcher, through Redis; all may change."""
    config = configure(
        release.seen_as_reader(proxy.port),
        settings={"poll_seconds": POLL_SECONDS, "deadline_seconds": 10},
        redis_url=redis.url,
    )
    with watching(release.root, redis.url), serving(config) as running:
        yield running


@pytest.fixture
def streamed(heard: ButleryServer) -> ButleryServer:
    """The same, warm, and known to hear the stream."""
    wait_until("stream", lambda: ask(heard, STEADY[0]).state == "LIVE")
    ask_all(heard, STEADY)
    return heard

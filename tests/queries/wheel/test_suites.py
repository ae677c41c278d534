"""daf_butler's own suites: direct writes, reads through the client and a server."""

import unittest
from collections.abc import Iterator
from zlib import crc32

import pytest
from lsst.daf.butler import Butler
from lsst.daf.butler.registry import RegistryConfig
from lsst.daf.butler.registry.tests import RegistryTests
from lsst.daf.butler.tests.butler_queries import ButlerQueryTests

from tests.queries.wheel.places import Places
from tests.support.postgres import PostgresCluster

_TRANSACTIONS = "clients have no transactions"
_MANAGERS = "it reaches into the tables of a direct registry"
NOT_A_CLIENTS = {
    "testAttributeManager": _MANAGERS,
    "testBasicTransaction": _TRANSACTIONS,
    "testCollectionChainPrependConcurrency": _MANAGERS,
    "testCollectionChainRemoveConcurrency": _MANAGERS,
    "testCollectionChainReplaceConcurrency": _MANAGERS,
    "testNestedTransaction": _TRANSACTIONS,
    "testOpaque": _MANAGERS,
}


@pytest.fixture(scope="module")
def sqlite_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    places = Places(tmp_path_factory.mktemp("sqlite"), batch=24)
    yield places
    places.close()


@pytest.fixture(scope="module")
def postgresql_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    cluster = PostgresCluster.start()
    places = Places(tmp_path_factory.mktemp("postgresql"), batch=16, postgres=cluster)
    yield places
    places.close()
    cluster.stop()


class _Suite:
    """One suite on one kind of database.

    At the short size each test of queries runs on one of them, in turns; of the
    registry's, most of which are not about queries, some do.
    """

    kind: str
    turn: int
    turns = 2
    places: Places

    @pytest.fixture(autouse=True)
    def _places(self, request: pytest.FixtureRequest) -> Iterator[None]:
        soak = request.getfixturevalue("soak")
        name = request.function.__name__
        if name in NOT_A_CLIENTS:
            pytest.skip(NOT_A_CLIENTS[name])
        if not soak and crc32(name.encode()) % self.turns != self.turn:
            pytest.skip("on the other database or none; on both with BUTLERY_SOAK")
        self.places = request.getfixturevalue(f"{self.kind}_places")
        yield
        self.places.leave()


class _OnSqlite(_Suite):
    kind = "sqlite"
    turn = 0


class _OnPostgresql(_Suite):
    kind = "postgresql"
    turn = 1


class _Queries(ButlerQueryTests):
    places: Places

    def make_butler(self, *args: str) -> Butler:
        butler = self.places.take()
        for name in args:
            self.load_data(butler, name)
        return butler


class _Registry(RegistryTests):
    places: Places
    turns = 8

    def make_butler(self, registry_config: RegistryConfig | None = None) -> Butler:
        if registry_config is not None:
            raise unittest.SkipTest("a repository of another configuration")
        return self.places.take()


class TestQueriesOnSqlite(_OnSqlite, _Queries, unittest.TestCase):
    pass


class TestRegistryOnSqlite(_Registry, _OnSqlite, unittest.TestCase):
    pass


class TestQueriesOnPostgresql(_OnPostgresql, _Queries, unittest.TestCase):
    pass


class TestRegistryOnPostgresql(_Registry, _OnPostgresql, unittest.TestCase):
    pass

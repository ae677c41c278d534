"""Repositories on PostgreSQL that the tests of this folder may change."""

from pathlib import Path

import pytest

from butlery.registry import RepositoryConfig, load_repository_config
from tests.coherence.places import PostgresPlaces
from tests.support.postgres import PostgresCluster
from tests.support.repositories import make_repository


@pytest.fixture(scope="session")
def watch_places(
    postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory
) -> PostgresPlaces:
    return PostgresPlaces(postgres, tmp_path_factory.mktemp("watched"))


@pytest.fixture
def root(watch_places: PostgresPlaces) -> Path:
    return watch_places.copy()


@pytest.fixture
def config(root: Path) -> RepositoryConfig:
    return load_repository_config(str(root))


@pytest.fixture(params=["integer keys", "name keys", "namespace"])
def any_root(
    request: pytest.FixtureRequest,
    watch_places: PostgresPlaces,
    postgres: PostgresCluster,
    tmp_path: Path,
) -> Path:
    """Build a repository of each layout of the tables."""
    if request.param == "namespace":
        return make_repository(
            tmp_path / "repo", "base", postgres=postgres, namespace="watched"
        )
    return watch_places.copy("name" if request.param == "name keys" else "int")

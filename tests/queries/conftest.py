"""One repository in PostgreSQL, of which each module takes a copy."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.queries.copies import copy_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import make_repository

Copy = Callable[[], Path]


@pytest.fixture(scope="session")
def copy_of_base(
    postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory
) -> Copy:
    """Return what makes a copy that its module may change."""
    folder = tmp_path_factory.mktemp("bases")
    original = make_repository(folder / "original", "base", postgres=postgres)
    numbers = count()

    def copy() -> Path:
        return copy_repository(original, folder / f"copy{next(numbers)}", postgres)

    return copy

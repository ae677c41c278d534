"""Indexes are built, pushed and pulled here as in the tests of the index itself."""

from tests.cache.index.conftest import object_store, place
from tests.registry.conftest import own_repository

__all__ = ["object_store", "own_repository", "place"]

"""From names and data IDs as they were sent to what is looked up."""

import pytest

from benchmarks.layers.datasets import Dataset
from butlery.cache import Repository, Snapshot
from butlery.cache.lookup.data_ids import read_data_id, resolve_data_id, standardize

from .conftest import AwaitEach, TimeEach

pytestmark = pytest.mark.benchmark(group="resolve")


def test_data_id(
    repository: Repository,
    snapshot: Snapshot,
    datasets: list[Dataset],
    await_each: AwaitEach[Dataset],
) -> None:
    async def resolve(dataset: Dataset) -> None:
        type_ = snapshot.dataset_types.get(dataset.type)
        given = read_data_id(dataset.data_id)
        resolved = await resolve_data_id(repository.view(snapshot), type_, given, {})
        assert standardize(type_.group, resolved, {}) == dataset.data_id

    await_each(resolve, datasets)


def test_search_path_of_chains(
    snapshot: Snapshot, datasets: list[Dataset], time_each: TimeEach[Dataset]
) -> None:
    def search_path(dataset: Dataset) -> None:
        assert snapshot.collections.search_path([dataset.collection])

    time_each(search_path, datasets)


def test_search_path_of_a_glob(
    snapshot: Snapshot, datasets: list[Dataset], time_each: TimeEach[Dataset]
) -> None:
    def search_path(dataset: Dataset) -> None:
        glob = f"{dataset.collection[:3]}*"
        assert snapshot.collections.search_path([glob])

    time_each(search_path, datasets)


def test_snapshot_that_is_fresh_enough(
    repository: Repository, datasets: list[Dataset], await_each: AwaitEach[Dataset]
) -> None:
    async def current(_: Dataset) -> None:
        assert await repository.snapshot()

    await_each(current, datasets)

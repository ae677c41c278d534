"""Whole lookups below HTTP, warm: from a request's values to what is answered."""

from uuid import UUID

import pytest

from benchmarks.layers.datasets import Dataset
from butlery.cache import Repository

from .conftest import AwaitEach

pytestmark = pytest.mark.benchmark(group="look up")


def test_find_dataset(
    repository: Repository, datasets: list[Dataset], await_each: AwaitEach[Dataset]
) -> None:
    async def find(dataset: Dataset) -> None:
        found = await repository.find_dataset(
            dataset.type, dataset.data_id, {}, [dataset.collection], None
        )
        assert found is not None
        assert str(found.id) == dataset.id

    await_each(find, datasets)


def test_get_dataset(
    repository: Repository, datasets: list[Dataset], await_each: AwaitEach[UUID]
) -> None:
    async def get(id_: UUID) -> None:
        found = await repository.get_dataset(id_)
        assert found is not None

    await_each(get, [UUID(dataset.id) for dataset in datasets])


def test_get_files(
    repository: Repository, datasets: list[Dataset], await_each: AwaitEach[UUID]
) -> None:
    async def get(id_: UUID) -> None:
        found = await repository.get_files(id_)
        assert found is not None
        assert found.files

    await_each(get, [UUID(dataset.id) for dataset in datasets])


def test_find_files(
    repository: Repository, datasets: list[Dataset], await_each: AwaitEach[Dataset]
) -> None:
    async def find(dataset: Dataset) -> None:
        found = await repository.find_files(
            dataset.type, dataset.data_id, {}, [dataset.collection], None
        )
        assert found.files

    await_each(find, [dataset for dataset in datasets if not dataset.is_calibration])


def test_expand_data_id(
    repository: Repository, datasets: list[Dataset], await_each: AwaitEach[Dataset]
) -> None:
    async def expand(dataset: Dataset) -> None:
        expanded = await repository.expand_data_id(dataset.data_id)
        assert expanded.records

    await_each(expand, [dataset for dataset in datasets if dataset.data_id])

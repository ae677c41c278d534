"""Repositories of every age open, and answer what DirectButler answers."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lsst.daf.butler import Butler

from butlery.cache import EVERYBODY, Sight, Zoning
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.scalars import UNBOUNDED
from tests.registry.opening import open_repository
from tests.support.repositories import Dialect, RepositoryShelf

pytestmark = pytest.mark.anyio

OLD_TABLES: dict[str, Any] = {"collections": "name", "ingest_date": "timestamp"}


async def check_datasets(stack: AsyncExitStack, root: Path) -> int:
    """Find every second dataset by its UUID and by its data ID in its own run."""
    repository = await open_repository(stack, root)
    with Butler.from_config(str(root)) as butler:
        refs = list(butler.query_all_datasets("*", find_first=False, limit=None))[::2]
        for ref in refs:
            by_id = await repository.get_dataset(ref.id)
            assert by_id is not None
            assert by_id.data_id.data_id == dict(ref.dataId.required)
            name = ref.datasetType.name
            data_id: RequestDataId = dict(ref.dataId.required)
            found = await repository.find_dataset(name, data_id, {}, [ref.run], None)
            assert found is not None
            assert (found.id, found.run) == (by_id.id, by_id.run) == (ref.id, ref.run)
            assert found.data_id.data_id == dict(ref.dataId.mapping)
    return len(refs)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_name_keyed_collections_and_timestamps_of_ingest(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack, dialect: Dialect
) -> None:
    root = repositories.get("base", dialect, **OLD_TABLES)
    assert await check_datasets(closing_stack, root) > 25


@pytest.mark.parametrize("universe", [0, 5])
async def test_older_universes(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack, universe: int
) -> None:
    root = repositories.get("base", universe=universe)
    assert await check_datasets(closing_stack, root) > 25


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_name_keyed_chains_tags_and_calibrations(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack, dialect: Dialect
) -> None:
    root = repositories.get("base", dialect, **OLD_TABLES)
    repository = await open_repository(closing_stack, root)
    with Butler.from_config(str(root)) as butler:
        for chain in ("chain/outer", "chain/deep", "chain/prepended"):
            flat = butler.collections.query(chain, flatten_chains=True)
            path = (await repository.snapshot()).collections.search_path([chain])
            assert [collection.name for collection in path] == list(flat)
            for name in ("raw", "bias", "packages", "visit_summary"):
                for ref in butler.query_datasets(name, "runs/first"):
                    expected = butler.find_dataset(
                        name, ref.dataId, collections=[chain]
                    )
                    data_id: RequestDataId = dict(ref.dataId.required)
                    found = await repository.find_dataset(
                        name, data_id, {}, [chain], None
                    )
                    assert (found and found.id) == (expected and expected.id)
        refs = butler.query_datasets("bias", "calib/other", find_first=False)
        for ref in refs:
            found = await repository.find_dataset(
                "bias", dict(ref.dataId.required), {}, ["calib/other"], UNBOUNDED
            )
            assert found is not None


@pytest.mark.parametrize("old", [{}, OLD_TABLES], ids=["integer keys", "name keys"])
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_limited_reader_finds_by_uuid_what_they_see_and_nothing_else(
    repositories: RepositoryShelf,
    closing_stack: AsyncExitStack,
    dialect: Dialect,
    old: dict[str, Any],
) -> None:
    root = repositories.get("base", dialect, **old)
    repository = await open_repository(closing_stack, root)
    seen_by = [
        repository.seen_by(Sight(frozenset(zones)))
        for zones in ([EVERYBODY], ["somebody else's"])
    ]
    with Butler.from_config(str(root)) as butler:
        refs = butler.query_all_datasets("*", name="bias", find_first=False)
    ids = [ref.id for ref in refs] + [UUID(int=7)]
    zones = [Zoning().zone(ref.run) for ref in refs]
    for _ in range(2):
        for id_, zone in zip(ids, [*zones, "nowhere"], strict=True):
            found = [await lookups.get_dataset(id_) is not None for lookups in seen_by]
            assert found == [zone == EVERYBODY, False]
        many = await seen_by[0].get_datasets(ids, files=True)
        assert len(many) == zones.count(EVERYBODY) > 0

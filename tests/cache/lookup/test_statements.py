"""How often the database is asked: at most once for a lookup, and then not at all."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import UUID

import pytest

from butlery.cache import Repository
from butlery.protocol.collections import CollectionType
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.errors import (
    CalibrationLookupError,
    DataIdValueError,
    DatasetNotFoundError,
)
from butlery.protocol.scalars import UNBOUNDED
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

Lookup = Callable[[Repository], Awaitable[object]]
BIAS: RequestDataId = {"instrument": "Cam1", "detector": 2}
RAW: RequestDataId = {"instrument": "Cam1", "detector": 1, "exposure": 100}
NOBODY = UUID(int=1)
ANSWERS_NO = (DatasetNotFoundError, CalibrationLookupError, DataIdValueError)


async def statements_of(repository: Repository, lookup: Lookup) -> tuple[int, int]:
    """Return how many statements a lookup takes, cold and then warm."""
    await repository.snapshot()
    repository.answers.generations.move_all("test", permanent=True)
    return await _count(repository, lookup), await _count(repository, lookup)


async def _count(repository: Repository, lookup: Lookup) -> int:
    before = repository.registry.database.statements
    with suppress(*ANSWERS_NO):
        await lookup(repository)
    return repository.registry.database.statements - before


def find(
    name: str, data_id: RequestDataId, path: list[str], span: Any = None, **options: Any
) -> Lookup:
    return lambda r: r.find_dataset(name, data_id, {}, path, span, **options)


def find_files(
    name: str, data_id: RequestDataId, path: list[str], span: Any = None
) -> Lookup:
    return lambda r: r.find_files(name, data_id, {}, path, span)


ONE_AT_MOST: dict[str, Lookup] = {
    "in a run": find("bias", BIAS, ["runs/first"]),
    "in a deep chain": find("bias", BIAS, ["chain/deep"]),
    "in everything": find("bias", BIAS, ["*"]),
    "with implied values": find("raw", RAW, ["chain/outer"]),
    "with records": find("raw", RAW, ["chain/outer"], records=True),
    "of calibrations": find("bias", BIAS, ["chain/calibs"], UNBOUNDED),
    "without dimensions": find("packages", {}, ["chain/deep"]),
    "by detector name": find("bias", {**BIAS, "detector": "Ab"}, ["chain/deep"]),
    "of nothing": find("bias", {**BIAS, "detector": 99}, ["chain/deep"]),
    "files by data ID": find_files("note_yaml", BIAS, ["files/run"]),
    "files of calibrations": find_files("bias", BIAS, ["chain/calibs"]),
    "by UUID": lambda r: r.get_dataset(NOBODY),
    "files by UUID": lambda r: r.get_files(NOBODY),
    "many by UUID": lambda r: r.get_datasets([UUID(int=n) for n in range(1000)]),
    "records of a visit": lambda r: r.expand_data_id(
        {"instrument": "Cam1", "visit": 100, "detector": 1}
    ),
}
NONE_AT_ALL: dict[str, Lookup] = {
    "snapshot": lambda r: r.snapshot(),
    "not in the summary": find("bias", BIAS, ["runs/empty", "tagged/none"]),
    "other instrument": find("bias", {**BIAS, "instrument": "X"}, ["chain/deep"]),
    "no collections": find("bias", BIAS, []),
    "calibrations without a time": find("bias", BIAS, ["calib/main"]),
    "no UUIDs": lambda r: r.get_datasets([]),
    "records of a detector": lambda r: r.expand_data_id({**BIAS}),
    "records of a filter": lambda r: r.expand_data_id(
        {"instrument": "Cam1", "physical_filter": "Cam1-G"}
    ),
    "records of a night": lambda r: r.expand_data_id(
        {"instrument": "Cam1", "day_obs": 20210101}
    ),
    "records of a pixel": lambda r: r.expand_data_id({"htm7": 131077, "band": "g"}),
    "records of nothing": lambda r: r.expand_data_id({}),
    "missing detector": lambda r: r.expand_data_id({**BIAS, "detector": 99}),
}
TWO: dict[str, Lookup] = {
    "by observation": find("raw", {**RAW, "exposure": "observation-100"}, ["*"]),
    "by sequence number": find(
        "raw", {"instrument": "Cam1", "detector": 1, "seq_num": 100}, ["chain/outer"]
    ),
    "calibration of an exposure": find_files("bias", RAW, ["chain/calibs"]),
}


@pytest.fixture
async def warm(repository: Repository) -> Repository:
    await repository.snapshot()
    return repository


@pytest.mark.parametrize("name", ONE_AT_MOST)
async def test_lookup_takes_one_statement_and_then_none(
    warm: Repository, name: str
) -> None:
    assert await statements_of(warm, ONE_AT_MOST[name]) == (1, 0)


@pytest.mark.parametrize("name", NONE_AT_ALL)
async def test_what_is_kept_takes_no_statement(warm: Repository, name: str) -> None:
    assert await statements_of(warm, NONE_AT_ALL[name]) == (0, 0)


@pytest.mark.parametrize("name", TWO)
async def test_record_must_be_found_before_the_dataset(
    warm: Repository, name: str
) -> None:
    assert await statements_of(warm, TWO[name]) == (2, 0)


async def test_every_dataset_by_uuid_takes_one_statement(warm: Repository) -> None:
    snapshot = await warm.snapshot()
    found = await warm.find_dataset("raw", RAW, {}, ["*"], None)
    assert found is not None
    assert await statements_of(warm, lambda r: r.get_dataset(found.id)) == (1, 0)
    assert await statements_of(warm, lambda r: r.get_files(found.id)) == (1, 0)
    with_records = await statements_of(
        warm, lambda r: r.get_dataset(found.id, records=True)
    )
    assert with_records == (2, 0)  # keys of the records are known only from the dataset
    assert await warm.snapshot() is snapshot


async def test_definitions_and_collections_take_no_statement(warm: Repository) -> None:
    before = warm.registry.database.statements
    snapshot = await warm.snapshot()
    assert snapshot.universe_response
    assert snapshot.dataset_types.query(["*"])
    options: Any = {"types": CollectionType, "include_chains": True}
    for collection in snapshot.collections.query(["*"], flatten_chains=True, **options):
        assert snapshot.collections.get(collection.name) is collection
        snapshot.summary(collection)
        snapshot.collections.search_path([collection.name])
    assert warm.registry.database.statements == before


MANY = 300
ADD_RUNS = f"""
CREATE TABLE numbers AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
  SELECT i FROM n;
INSERT INTO collection (collection_id, name, type)
  SELECT 10000 + i, 'many/' || i, 1 FROM numbers;
INSERT INTO collection (collection_id, name, type) VALUES (20000, 'many', 3);
INSERT INTO run (collection_id) SELECT 10000 + i FROM numbers;
INSERT INTO collection_summary_dataset_type (collection_id, dataset_type_id)
  SELECT 10000 + i, t.id FROM numbers, dataset_type t WHERE t.name = 'bias';
INSERT INTO collection_summary_instrument (collection_id, instrument)
  SELECT 10000 + i, 'Cam1' FROM numbers;
INSERT INTO collection_chain (parent, position, child)
  SELECT 20000, i, 10000 + i FROM numbers;
INSERT INTO collection_chain (parent, position, child)
  SELECT 20000, 10000, collection_id FROM collection WHERE name = 'runs/first';
DROP TABLE numbers;
"""


async def test_chain_of_many_runs_takes_one_statement(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    own_repository.execute(ADD_RUNS)
    repository = await open_repository(
        closing_stack, own_repository.root, poll_seconds=3600
    )
    snapshot = await repository.snapshot()
    assert len(snapshot.collections.search_path(["many"])) == MANY + 1
    assert await statements_of(repository, find("bias", BIAS, ["many"])) == (1, 0)
    found = await repository.find_dataset("bias", BIAS, {}, ["many"], None)
    assert found is not None
    assert found.run == "runs/first"

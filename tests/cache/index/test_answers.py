"""An index knows of every repository all that its database does."""

import random
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from butlery.cache import Repository
from butlery.cache.index import IndexLibrary, ReleaseIndex
from butlery.registry import RegistryReader, read_dataset_types
from tests.cache.index.indexing import new_index
from tests.registry.opening import open_repository
from tests.support.repositories import Dialect, RepositoryShelf

pytestmark = pytest.mark.anyio

OLD_TABLES: dict[str, Any] = {"collections": "name", "ingest_date": "timestamp"}
REPOSITORIES: dict[str, tuple[str, Dialect, dict[str, Any]]] = {
    "base": ("base", "sqlite", {}),
    "base on postgresql": ("base", "postgresql", {}),
    "spatial": ("spatial", "sqlite", {}),
    "ci_hsc on postgresql": ("ci_hsc", "postgresql", {}),
    "hsc_rc2": ("hsc_rc2", "sqlite", {}),
    "lsstcam": ("lsstcam", "sqlite", {}),
    "old tables": ("base", "sqlite", OLD_TABLES),
    "old tables on postgresql": ("base", "postgresql", OLD_TABLES),
    "universe 0": ("base", "sqlite", {"universe": 0}),
    "universe 5": ("base", "sqlite", {"universe": 5}),
}
SMALL = ("base", "spatial", "old tables")
_MOST = 400


class Both:
    """A repository and its index."""

    def __init__(self, repository: Repository, index: ReleaseIndex) -> None:
        self.repository = repository
        self.index = index

    def reader(self) -> RegistryReader:
        """Return what asks the database, with the definitions of the index."""
        contents = self.index.contents
        return self.repository.registry.reader(contents, read_dataset_types(contents))

    async def rows(self, table: str, columns: str = "*") -> list[Any]:
        """Read a table without any of our statements."""
        connection = await self.repository.registry.database.connect()
        try:
            result = await connection.exec_driver_sql(f"SELECT {columns} FROM {table}")
            return list(result.fetchall())
        finally:
            await connection.close()


@pytest.fixture
async def both(
    request: pytest.FixtureRequest,
    repositories: RepositoryShelf,
    closing_stack: AsyncExitStack,
    tmp_path: Path,
    *,
    soak: bool,
) -> Both:
    if not (soak or request.param.startswith(SMALL)):
        pytest.skip("soak")
    data_set, dialect, options = REPOSITORIES[request.param]
    root = repositories.get(data_set, dialect, **options)
    manifest = await new_index(root, tmp_path)
    repository = await open_repository(closing_stack, root)
    index = ReleaseIndex(IndexLibrary(tmp_path).path(manifest), manifest)
    return Both(repository, index)


def some(items: list[Any], *, soak: bool) -> list[Any]:
    if soak or len(items) <= _MOST:
        return items
    return random.Random(8).sample(items, _MOST)


EACH = pytest.mark.parametrize("both", REPOSITORIES, indirect=True)


@EACH
async def test_every_dataset_by_uuid_with_its_files(both: Both, *, soak: bool) -> None:
    rows = await both.rows("dataset", "id")
    ids = [UUID(str(id_)) for (id_,) in rows]
    assert both.index.manifest.datasets == len(ids) > 0
    reader = both.reader()
    for id_ in some(ids, soak=soak):
        (stored,) = await reader.datasets([id_], files=True)
        found = both.index.dataset(id_.bytes)
        assert found is not None
        type_ = both.index.tables.types[found.dataset_type]
        assert (type_.id, found.run) == (stored.dataset_type_id, stored.run)
        assert tuple(found.values) == tuple(stored.values or ())
        assert found.files == stored.files
    assert both.index.dataset(UUID(int=5).bytes) is None


@EACH
async def test_every_place_of_every_dataset(both: Both) -> None:
    types = read_dataset_types(both.index.contents).values()
    key = both.index.contents.schema.attributes.collection_key
    numbers = {t.id: n for n, t in enumerate(both.index.tables.types)}
    held: Counter[tuple[int, int]] = Counter()
    for table, names in {t.tags_table: t.group.required for t in types}.items():
        columns = ", ".join((key, "dataset_type_id", "dataset_id", *names))
        for collection, type_id, id_, *values in await both.rows(table, columns):
            number, position = numbers[type_id], both.index.positions[collection]
            found = dict(both.index.find(number, values))
            assert found[position] == UUID(str(id_)).bytes
            held[position, number] += 1
    assert held.total() > 0
    count = len(both.index.positions)
    kept = {pair: n for pair, n in both.index.counts.items() if pair[0] < count}
    assert kept == held


@EACH
async def test_every_certification(both: Both) -> None:
    index, reader = both.index, both.reader()
    types = read_dataset_types(index.contents)
    found: Counter[tuple[int, int]] = Counter()
    for number, type_ in enumerate(map(types.__getitem__, names_of_types(index))):
        if type_.calibs_table is None:
            continue
        columns = ", ".join(("dataset_type_id", *type_.group.required))
        data_ids = {
            tuple(values)
            for type_id, *values in await both.rows(type_.calibs_table, columns)
            if type_id == type_.id
        }
        ranges = {
            (each.collection, each.begin, each.end, UUID(bytes=each.id))
            for values in data_ids
            for each in index.certifications(number, values)
        }
        for key, position in index.calibration_positions.items():
            rows, _ = await reader.validity_ranges(type_, key, after=None, limit=10_000)
            wanted = {(position, b, e, UUID(str(i))) for e, i, b in rows}
            assert {each for each in ranges if each[0] == position} == wanted
            found[len(index.positions) + position, number] += len(rows)
    kept = {p: n for p, n in index.counts.items() if p[0] >= len(index.positions)}
    assert kept == +found
    assert index.manifest.certifications == found.total()


def names_of_types(index: ReleaseIndex) -> list[str]:
    return [type_.name for type_ in index.tables.types]


@EACH
async def test_every_record_by_its_key_and_its_other_keys(both: Both) -> None:
    universe = both.index.contents.schema.universe
    reader = both.reader()
    for name in both.index.elements:
        element = universe.elements[name]
        records = await reader.search(element, {}, 1_000_000)
        assert both.index.manifest.records[name] == len(records)
        indexed = both.index.tables.elements
        (others,) = (each.alternates for each in indexed if each.name == name)
        for record in records:
            key = [record[element.column_of(d)] for d in element.required]
            assert both.index.record(name, key) == record
            for columns in others:
                wanted = {c: record[c] for c in (*element.dependencies, *columns)}
                if None in wanted.values():
                    continue
                found = both.index.search(name, wanted)
                assert found == await reader.search(element, wanted, 1_000_000)
        assert both.index.record(name, ["none" for _ in element.required]) is None

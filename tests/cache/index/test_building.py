"""An index is of one state, the same for the same rows, and complete or not there."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from butlery.cache import Policies, Policy, PolicyRule
from butlery.cache.index import (
    Building,
    IndexLibrary,
    Manifest,
    ReleaseIndex,
    build_index,
)
from butlery.cache.index.building.writer import IndexWriter
from butlery.protocol.errors import BadRequestError
from butlery.registry import Registry, RepositoryError
from tests.cache.index.indexing import EVERYTHING, litter, new_index
from tests.registry.opening import OwnRepository

pytestmark = pytest.mark.anyio


async def test_same_rows_are_the_same_bytes(
    own_repository: OwnRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await new_index(own_repository.root, tmp_path / "first")
    if own_repository.postgres is not None:
        for (table,) in own_repository.rows(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ):
            shuffle(own_repository, table)
        own_repository.execute("VACUUM FULL")
        own_repository.execute(f'REINDEX DATABASE "{own_repository.database}"')
    else:
        own_repository.execute("VACUUM; REINDEX;")
    again = await new_index(own_repository.root, tmp_path / "again")
    small = partial(IndexWriter, items=7)
    monkeypatch.setattr("butlery.cache.index.building.build.IndexWriter", small)
    in_pieces = await new_index(own_repository.root, tmp_path / "pieces")
    assert again.name == in_pieces.name == first.name


def shuffle(own: OwnRepository, table: str) -> None:
    """Let a table's rows lie in another order."""
    own.execute(
        f"CREATE TEMP TABLE kept AS SELECT * FROM {table} ORDER BY random();"
        "SET session_replication_role = replica;"  # foreign keys look away
        f"DELETE FROM {table};"
        f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept;"
    )


async def test_two_builds_at_once_make_one_index(
    own_repository: OwnRepository, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    builds = [new_index(own_repository.root, folder) for _ in range(2)]
    first, second = await asyncio.gather(*builds)
    assert first.name == second.name
    assert IndexLibrary(folder).newest(first.repository, None)[0] is not None
    IndexLibrary(folder).verify(first)
    assert litter(folder) == []


async def test_nothing_permanent_is_an_error_and_leaves_nothing(
    own_repository: OwnRepository, tmp_path: Path
) -> None:
    policies = Policies([PolicyRule(Policy.PERMANENT, ["nothing/*"], ["*"], ["*"])])
    with pytest.raises(BadRequestError, match="nothing to compile"):
        await new_index(own_repository.root, tmp_path, policies)
    assert litter(tmp_path) == []


async def test_database_that_is_gone_is_an_error(
    own_repository: OwnRepository, tmp_path: Path
) -> None:
    if own_repository.postgres is None:
        (own_repository.root / "gen3.sqlite3").unlink()
    else:
        own_repository.postgres.execute(
            f'DROP DATABASE "{own_repository.database}" WITH (FORCE)'
        )
    with pytest.raises(RepositoryError, match="cannot open"):
        await new_index(own_repository.root, tmp_path)
    assert litter(tmp_path) == []


async def test_steps_are_counted_to_the_end(
    own_repository: OwnRepository, tmp_path: Path
) -> None:
    seen: list[tuple[int, int, str, int]] = []

    def note(now: Building) -> None:
        seen.append((now.step, now.steps, now.doing, now.rows))

    registry = Registry.from_uri(str(own_repository.root))
    try:
        await build_index(registry, EVERYTHING, IndexLibrary(tmp_path), note)
    finally:
        await registry.close()
    step, steps, doing, rows = seen[-1]
    assert step == steps
    assert doing == "sorting and writing"
    assert rows > 100
    assert [each[0] for each in seen] == sorted(each[0] for each in seen)


class Pair:
    """Two datasets, of types read early and late, that come and go together."""

    def __init__(self, own: OwnRepository) -> None:
        self._own = own
        self.rows = {type_: self._keep(type_) for type_ in ("bias", "visit_summary")}

    def _keep(self, type_: str) -> tuple[str, bytes]:
        run = "SELECT collection_id FROM collection WHERE name LIKE 'u/somebody/%'"
        ((table, number),) = self._own.rows(
            f"SELECT tag_association_table, id FROM dataset_type WHERE name = '{type_}'"
        )
        wanted = f"dataset_type_id = {number} AND collection_id IN ({run})"
        self._own.execute(
            f"CREATE TABLE kept_{type_} AS SELECT * FROM {table} WHERE {wanted}"
        )
        ((id_,),) = self._own.rows(f"SELECT dataset_id FROM kept_{type_}")
        return table, UUID(str(id_)).bytes

    def move(self, *, there: bool) -> None:
        """Let both be there, or neither, from one commit on."""
        statements = [
            f"INSERT INTO {table} SELECT * FROM kept_{type_}"
            if there
            else f"DELETE FROM {table} WHERE (collection_id, dataset_id) IN "
            f"(SELECT collection_id, dataset_id FROM kept_{type_})"
            for type_, (table, _) in self.rows.items()
        ]
        self._own.execute(";".join(["BEGIN", *statements, "COMMIT;"]))


class Writing(Thread):
    """Moves a pair to and fro all the time."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(daemon=True)
        self._pair = pair
        self._stopped = Event()
        self.seconds: list[float] = []

    def run(self) -> None:
        while not self._stopped.is_set():
            begun = time.monotonic()
            self._pair.move(there=len(self.seconds) % 2 == 1)
            self.seconds.append(time.monotonic() - begun)
            time.sleep(0.005)  # SQLite lets nobody in who does not wait for a gap

    def stop(self) -> None:
        self._stopped.set()
        self.join(20)


def build_slowly(root: Path, folder: Path, step: Callable[[], None]) -> Manifest:
    """Build an index with time for others between any two steps."""

    async def build() -> Manifest:
        registry = Registry.from_uri(str(root))
        try:
            library = IndexLibrary(folder)
            return await build_index(registry, EVERYTHING, library, lambda _: step())
        finally:
            await registry.close()

    return asyncio.run(build())


def held(folder: Path, manifest: Manifest, pair: Pair) -> set[bool]:
    """Tell of each dataset of a pair, and of its place, whether it is in an index."""
    index = ReleaseIndex(IndexLibrary(folder).path(manifest), manifest)
    numbers = {t.name: n for n, t in enumerate(index.tables.types)}
    found = set()
    for type_, (_, id_) in pair.rows.items():
        dataset = index.dataset(id_)
        found.add(dataset is not None)
        if dataset is not None:
            assert dataset.dataset_type == numbers[type_]
            places = index.find(dataset.dataset_type, dataset.values)
            assert id_ in {each for _, each in places}
    return found


def test_index_has_one_state_of_a_database_that_is_written_to(
    own_repository: OwnRepository, tmp_path: Path, *, soak: bool
) -> None:
    pair = Pair(own_repository)
    writing = Writing(pair)
    writing.start()
    states = []
    try:
        for number in range(100 if soak else 3):
            folder = tmp_path / str(number)
            before = len(writing.seconds)
            manifest = build_slowly(
                own_repository.root, folder, lambda: time.sleep(0.005)
            )
            states.append(held(folder, manifest, pair))
            # Nobody waits for the build: there were commits between its steps.
            assert len(writing.seconds) > before + 3
    finally:
        writing.stop()
    assert all(len(state) == 1 for state in states), states
    assert max(writing.seconds) < 5


def test_without_one_transaction_an_index_would_have_halves_of_pairs(
    own_repository: OwnRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own_repository.postgres is None:
        pytest.skip("of SQLite a copy is read")
    execute = AsyncConnection.exec_driver_sql

    async def without(connection: AsyncConnection, statement: str) -> Any:
        level = statement.replace("REPEATABLE READ READ ONLY", "READ COMMITTED")
        return await execute(connection, level)

    monkeypatch.setattr(AsyncConnection, "exec_driver_sql", without)
    pair, steps = Pair(own_repository), count()

    def step() -> None:
        if next(steps) == 12:
            pair.move(there=False)

    manifest = build_slowly(own_repository.root, tmp_path, step)
    assert held(tmp_path, manifest, pair) == {True, False}

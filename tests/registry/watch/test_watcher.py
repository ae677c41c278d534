"""Coverage is never claimed too early, and is taken back when it cannot be upheld."""

import asyncio
from asyncio import to_thread
from pathlib import Path
from typing import Any

import psycopg
import pytest

from butlery.registry import (
    RepositoryConfig,
    RepositoryError,
    load_repository_config,
)
from butlery.registry.watch import (
    Coverage,
    Event,
    Lost,
    NamedChange,
    Periods,
    Unequipped,
    Watcher,
    install,
    remove,
)
from butlery.registry.watch.messages import channel_of
from tests.coherence.places import database_of
from tests.coherence.writer.given import (
    CAMERA,
    DETECTOR,
    put,
    register_run,
    register_type,
    write,
)
from tests.support.repositories import RepositoryShelf

from .hearing import Hearing

pytestmark = pytest.mark.anyio

_FAST = Periods(
    fence_seconds=0.02, alive_seconds=0.2, check_seconds=0.3, recheck_seconds=0.1
)
_COVERAGES = 5  # which a fast machine hears of only if it writes for longer


@pytest.fixture
async def equipped(config: RepositoryConfig) -> RepositoryConfig:
    await install(config)
    return config


def is_covered(event: Event) -> bool:
    return isinstance(event, Coverage)


def is_lost(event: Event) -> bool:
    return isinstance(event, Lost)


def is_unequipped(event: Event) -> bool:
    return isinstance(event, Unequipped)


async def test_new_tables_are_watched_from_their_first_row(
    equipped: RepositoryConfig, root: Path
) -> None:
    data_id = DETECTOR | {"physical_filter": "Cam1-G"}
    _, stored = put("w_late", "w/run", data_id)
    types = register_type("w_late", *CAMERA, "physical_filter", is_calibration=True)
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        await to_thread(write, root, [register_run("w/run"), types])
        await hearing.settle(len(hearing.events))
        begin = len(hearing.events)
        await to_thread(write, root, [stored])
        named = await hearing.settle(begin)
        assert named.collections == {key_of(root, "w/run")}
        assert len(named.dataset_types) == 1
        assert named.new_datasets
        assert not named.everything
        assert not list(filter(is_unequipped, hearing.events))


async def test_coverage_never_comes_before_what_it_covers(
    equipped: RepositoryConfig, root: Path, *, soak: bool
) -> None:
    writers, rounds = (8, 400) if soak else (6, 40)
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        written: list[dict[int, int]] = []
        while sum(isinstance(e, Coverage) for e in hearing.events) <= _COVERAGES:
            begin = len(written) * 10_000
            written += await asyncio.gather(
                *(
                    to_thread(make_runs_in_turn, root, begin + 10_000 * number, rounds)
                    for number in range(1, writers + 1)
                )
            )
        await hearing.settle()
        events = list(hearing.events)
    first = next(i for i, event in enumerate(events) if is_covered(event))
    named: set[int | str] = set()
    coverages = 0
    todo = {key: xid for keys in written for key, xid in keys.items()}
    for event in events[first:]:
        if isinstance(event, NamedChange):
            named |= event.collections
        elif isinstance(event, Coverage):
            coverages += 1
            seen = {key for key, xid in todo.items() if is_visible(event.gate, xid)}
            assert seen <= named
    assert todo.keys() <= named
    assert coverages > _COVERAGES


async def test_killed_connections_are_a_gap_and_are_replaced(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        for _ in range(2):
            begin = len(hearing.events)
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            where = " WHERE application_name = 'butlery watch' AND datname ="
            execute(root, f"{kill}{where} current_database()")
            lost = await hearing.until(is_lost, begin)
            again = await hearing.until(is_lost, lost + 1)
            covered = await hearing.until(is_covered, lost)
            assert again < covered


async def test_quiet_database_is_left_quiet(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        await hearing.settle()
        before = execute(root, "SELECT pg_current_snapshot()::text")
        begin = len(hearing.events)
        for _ in range(5):
            begin = 1 + await hearing.until(is_covered, begin)
        assert execute(root, "SELECT pg_current_snapshot()::text") == before


async def test_foreign_transactions_are_covered_without_naming_anything(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        execute(root, "SELECT pg_current_xact_id()")
        assert await hearing.settle(begin) == NamedChange()


async def test_incomplete_equipment_claims_no_coverage(
    config: RepositoryConfig, root: Path
) -> None:
    watcher = Watcher(config, periods=_FAST)
    hearing = Hearing(watcher, root)
    listening = asyncio.create_task(hearing.__aenter__())
    await asyncio.sleep(0.5)
    assert list(filter(is_unequipped, hearing.events))
    assert not list(filter(is_covered, hearing.events))
    await install(config)
    await listening
    begin = len(hearing.events)
    execute(root, "ALTER TABLE visit DISABLE TRIGGER butlery_watch_update")
    found = await hearing.until(is_unequipped, begin)
    assert hearing.events[found] == Unequipped(("visit",))
    end = len(hearing.events)
    await asyncio.sleep(0.3)
    assert not list(filter(is_covered, hearing.events[end:]))
    await install(config)
    lost = await hearing.until(is_lost, end)
    await hearing.until(is_covered, lost)
    await remove(config)
    await hearing.until(is_unequipped, lost)
    await hearing.__aexit__(None, None, None)


async def test_writer_without_rights_writes_and_stops_coverage(
    equipped: RepositoryConfig, root: Path
) -> None:
    """As when another role has made the table, and this one registers the type."""
    execute(root, "CREATE TABLE dataset_tags_99999999 (dataset_type_id bigint)")
    execute(
        root,
        "DROP ROLE IF EXISTS poor; CREATE ROLE poor;GRANT ALL ON dataset_type TO poor",
    )
    row = "(999, 'poor', 'X', 0, 'dataset_tags_99999999')"
    columns = "id, name, storage_class, dimensions_key, tag_association_table"
    insert = f"INSERT INTO dataset_type ({columns}) VALUES {row}"
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        execute(root, f"SET ROLE poor; {insert}")
        found = await hearing.until(is_unequipped, begin)
        assert hearing.events[found] == Unequipped(("dataset_tags_99999999",))
        assert not list(filter(is_covered, hearing.events[found:]))
    execute(root, "DROP OWNED BY poor; DROP ROLE poor")


async def test_replica_role_and_truncation_are_seen(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        replica = "SET session_replication_role = replica"
        execute(root, f"{replica}; UPDATE visit SET target_name = 'x'")
        named = await hearing.settle(begin)
        assert named.elements_changed == {"visit"}
        begin = len(hearing.events)
        execute(root, "TRUNCATE file_datastore_records")
        assert (await hearing.settle(begin)).everything


async def test_views_share_the_name_of_their_table(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        execute(root, "UPDATE physical_filter SET band = 'w'")
        named = await hearing.settle(begin)
        assert named.elements_changed == {"physical_filter", "band"}
        assert named.definitions


@pytest.mark.parametrize(
    "payload",
    ["", "{", "[" * 7000, "1", "[]", '{"collections":[{}]}', '{"x":1}', "\x01", "null"],
)
async def test_forged_messages_drop_and_never_stop(
    equipped: RepositoryConfig, root: Path, payload: str
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        notify(root, payload)
        assert (await hearing.settle(begin)).everything


async def test_forged_fences_cover_nothing(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        notify(root, '{"fence": "guessed"}')
        assert await hearing.settle(begin) == NamedChange()


async def test_long_lists_are_split(equipped: RepositoryConfig, root: Path) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        execute(root, make_runs(100_000, 1000))
        named = await hearing.settle(begin)
        assert len(named.collections) == 1000
        assert not named.everything


async def test_files_of_an_unknown_dataset_are_everything_until_they_go(
    equipped: RepositoryConfig, root: Path
) -> None:
    row = "gen_random_uuid(), '', '', '', 'w', null, 1"
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        begin = len(hearing.events)
        execute(root, f"INSERT INTO file_datastore_records VALUES ({row})")
        assert (await hearing.settle(begin)).everything
        begin = len(hearing.events)
        execute(root, "DELETE FROM file_datastore_records WHERE component = 'w'")
        assert await hearing.settle(begin) == NamedChange()


async def test_functions_that_fail_do_not_fail_the_write(
    equipped: RepositoryConfig, root: Path
) -> None:
    async with Hearing(Watcher(equipped, periods=_FAST), root) as hearing:
        execute(root, "ALTER TABLE file_datastore_records RENAME dataset_id TO other")
        begin = len(hearing.events)
        row = "gen_random_uuid(), '', '', '', '', null, 1"
        execute(root, f"INSERT INTO file_datastore_records VALUES ({row})")
        assert (await hearing.settle(begin)).everything


def test_sqlite_is_refused(repositories: RepositoryShelf) -> None:
    config = load_repository_config(str(repositories.get("base")))
    with pytest.raises(RepositoryError, match="SQLite"):
        Watcher(config)


def make_runs_in_turn(root: Path, first_key: int, rounds: int) -> dict[int, int]:
    """Make a RUN with a dataset in each round; return their transactions by key."""
    done = {}
    with psycopg.connect(database_of(root), autocommit=True) as connection:
        for key in range(first_key, first_key + rounds):
            with connection.transaction():
                connection.execute(make_runs(key, 1).encode())
                row = connection.execute(
                    "SELECT pg_current_xact_id()::text::bigint"
                ).fetchone()
            assert row is not None
            done[key] = row[0]
    return done


def make_runs(first_key: int, number: int) -> str:
    """Return the statement that makes runs with one dataset each."""
    keys = f"generate_series({first_key}, {first_key + number - 1}) key"
    return (
        "WITH c AS (INSERT INTO collection (collection_id, name, type)"
        f" SELECT key, 'w' || key, 1 FROM {keys} RETURNING collection_id),"
        " r AS (INSERT INTO run (collection_id) SELECT collection_id FROM c"
        " RETURNING collection_id)"
        " INSERT INTO dataset (id, dataset_type_id, ingest_date, run_id)"
        " SELECT gen_random_uuid(), (SELECT min(id) FROM dataset_type), 0,"
        " collection_id FROM r"
    )


def is_visible(gate: str, xid: int) -> bool:
    _, end, running = gate.split(":")
    return xid < int(end) and str(xid) not in running.split(",")


def key_of(root: Path, collection: str) -> Any:
    query = f"SELECT collection_id FROM collection WHERE name = '{collection}'"
    return execute(root, query)[0][0]


def execute(root: Path, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_of(root), autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


def notify(root: Path, payload: str) -> None:
    with psycopg.connect(database_of(root), autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", (channel_of("public"), payload))

"""Installing, looking and removing: repeatable, complete, and without a trace."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from butlery.registry import (
    RepositoryConfig,
    RepositoryError,
    load_repository_config,
)
from butlery.registry.watch import install, remove, status
from tests.coherence.places import database_of, point_to
from tests.coherence.writer.given import CAMERA, register_type, write
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

_CATALOGUE = (
    "SELECT pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger"
    " WHERE NOT tgisinternal UNION ALL"
    " SELECT pg_get_functiondef(p.oid), p.proacl::text FROM pg_proc p"
    " WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' ORDER BY 1"
)
_OTHER_ARGUMENT = (
    "CREATE OR REPLACE TRIGGER butlery_watch_insert AFTER INSERT ON visit"
    " REFERENCING NEW TABLE AS butlery_rows FOR EACH STATEMENT"
    " EXECUTE FUNCTION butlery_watch_fixed('{}')"
)
_OTHER_SOURCE = (
    "CREATE OR REPLACE FUNCTION butlery_watch_fixed() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
)


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


async def test_installing_twice_changes_nothing(
    config: RepositoryConfig, root: Path
) -> None:
    assert (await install(config)).missing
    once = catalogue(root)
    assert not (await install(config)).missing
    assert catalogue(root) == once
    assert not (await status(config)).missing


async def test_removal_leaves_no_trace_also_on_later_tables(
    config: RepositoryConfig, root: Path
) -> None:
    before = catalogue(root)
    await install(config)
    write(root, [register_type("w_new", *CAMERA, "group", is_calibration=True)])
    equipped = await status(config)
    assert not equipped.missing
    assert any("group" in line or "butlery" in line for line, _ in catalogue(root))
    await remove(config)
    assert catalogue(root) == before
    assert (await status(config)).missing
    await remove(config)


@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE dataset DISABLE TRIGGER butlery_watch_insert",
        "ALTER TABLE dataset ENABLE TRIGGER butlery_watch_insert",
        "DROP TRIGGER butlery_watch_delete ON dataset",
        _OTHER_ARGUMENT,
        _OTHER_SOURCE,
    ],
)
async def test_damage_is_seen_and_mended(
    config: RepositoryConfig, root: Path, damage: str
) -> None:
    await install(config)
    intact = catalogue(root)
    with psycopg.connect(database_of(root)) as connection:
        connection.execute(damage.encode())
    assert (await status(config)).missing
    await install(config)
    assert not (await status(config)).missing
    assert [line for line, _ in catalogue(root)] == [line for line, _ in intact]


async def test_tables_in_use_are_not_waited_for(
    config: RepositoryConfig, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("butlery.registry.watch.installation._ATTEMPTS", 2)
    with psycopg.connect(database_of(root)) as connection:
        connection.execute("LOCK TABLE dataset IN ROW EXCLUSIVE MODE")
        with pytest.raises(RepositoryError, match=r"in use.*try again"):
            await install(config, sleep=no_sleep)
    assert not (await status(config)).installed
    await install(config)


async def test_sqlite_is_refused(repositories: RepositoryShelf) -> None:
    config = load_repository_config(str(repositories.get("base")))
    for work in (install, remove, status):
        with pytest.raises(RepositoryError, match="sqlite"):
            await work(config)


async def test_standby_is_refused() -> None:
    primary = PostgresCluster.start()
    try:
        standby = primary.make_standby()
        with pytest.raises(RepositoryError, match=r"standby.*primary"):
            await install(configuration_of(standby.url()))
    finally:
        primary.stop()


async def test_missing_rights_are_named(root: Path, postgres: PostgresCluster) -> None:
    for statement in (
        "DROP ROLE IF EXISTS stranger",
        "CREATE ROLE stranger LOGIN",
    ):
        postgres.execute(statement)
    database = database_of(root).rpartition("/")[2]
    postgres.execute(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO stranger", database=database
    )
    other = point_to(
        root, "stranger", lambda url: url.replace("postgres@", "stranger@")
    )
    config = load_repository_config(str(other))
    with pytest.raises(RepositoryError, match="GRANT CREATE ON SCHEMA"):
        await install(config)
    postgres.execute("GRANT CREATE ON SCHEMA public TO stranger", database=database)
    with pytest.raises(RepositoryError, match=r"table .* belongs to postgres.*GRANT"):
        await install(config)
    assert not (await status(config)).installed
    await install(load_repository_config(str(root)))
    with pytest.raises(RepositoryError, match=r"function .* belongs to postgres"):
        await remove(config)


def configuration_of(url: str) -> RepositoryConfig:
    """Return the configuration of a database without a repository."""
    database = make_url(url).set(drivername="postgresql+psycopg")
    return RepositoryConfig("none", database, None, ())


def catalogue(root: Path) -> list[tuple[str, str]]:
    with psycopg.connect(database_of(root)) as connection:
        return connection.execute(_CATALOGUE.encode()).fetchall()

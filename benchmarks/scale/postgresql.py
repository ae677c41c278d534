"""A made-up release in a real PostgreSQL: copied in at once, and built from."""

import asyncio
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg

from benchmarks.release.copying import copy_rows, ids_of
from butlery.cache.index import IndexLibrary, build_index
from butlery.registry import Registry
from tests.support.postgres import PostgresCluster

from .building import EVERYTHING
from .clock import Clock
from .datasets import Datasets, all_datasets
from .plan import KINDS
from .repository import make_repository

_INGESTED_NS = 1_741_000_000_000_000_000
_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB"}


class BuiltFromDatabase(msgspec.Struct, frozen=True):
    """What a build took.

    Parameters
    ----------
    cpu_seconds
        Of this process, without PostgreSQL's.
    slowness
        See `Clock`.
    """

    datasets: int
    cpu_seconds: float
    seconds: float
    slowness: float
    size_bytes: int


def build_from_postgresql(total: int, folder: Path) -> BuiltFromDatabase:
    """Build an index of a release from PostgreSQL."""
    cluster = PostgresCluster.start(settings=_SETTINGS)
    try:
        url = cluster.create_database("release")
        make_repository(folder / "repository", 1, url)
        _copy_all(url, total)
        return asyncio.run(_build(folder))
    finally:
        cluster.stop()


async def _build(folder: Path) -> BuiltFromDatabase:
    registry = Registry.from_uri(str(folder / "repository"))
    library, clock = IndexLibrary(folder / "out"), Clock()
    try:
        with clock:
            manifest = await build_index(
                registry, EVERYTHING, library, lambda _: clock.look()
            )
    finally:
        await registry.close()
    return BuiltFromDatabase(
        manifest.datasets,
        clock.cpu,
        clock.seconds,
        clock.slowness,
        manifest.size_bytes,
    )


def _copy_all(url: str, total: int) -> None:
    with psycopg.connect(url) as connection:
        # The rows are right: to look up what they refer to takes longest of all.
        connection.execute("SET session_replication_role = replica")
        runs = ids_of(connection, "SELECT name, collection_id FROM collection")
        types = ids_of(connection, "SELECT name, id FROM dataset_type")
        tables = ids_of(
            connection, "SELECT name, tag_association_table FROM dataset_type"
        )
        of_kinds = [runs[kind.run(0)] for kind in KINDS]
        for datasets in all_datasets(total, of_kinds):
            name = datasets.kind.name
            _copy_type(connection, datasets, types[name], tables[name])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _copy_type(
    connection: psycopg.Connection, datasets: Datasets, type_: int, table: str
) -> None:
    dimensions = datasets.kind.dimensions
    copy_rows(
        connection,
        "dataset",
        ("id", "dataset_type_id", "ingest_date", "run_id"),
        ((UUID(bytes=r[1]), type_, _INGESTED_NS, r[0]) for r in datasets.rows()),
    )
    copy_rows(
        connection,
        table,
        ("dataset_type_id", "dataset_id", "collection_id", *dimensions),
        ((type_, UUID(bytes=r[1]), r[0], *r[9:]) for r in datasets.rows()),
    )
    columns = ("dataset_id", "path", "formatter", "storage_class", "component")
    copy_rows(
        connection,
        "file_datastore_records",
        (*columns, "file_size"),
        (
            (UUID(bytes=r[1]), r[3], r[4], r[5], "__NULL_STRING__", r[8])
            for r in datasets.rows()
        ),
    )
    run = datasets.row(0)[0]
    copy_rows(
        connection,
        "collection_summary_dataset_type",
        ("collection_id", "dataset_type_id"),
        [(run, type_)],
    )

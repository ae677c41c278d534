"""Many datasets into a registry's tables at once, by COPY.

Foreign keys stay on: a row that the Butler would not have written is an error.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from .datasets import Dataset
from .plan import INSTRUMENT, KINDS, SKYMAP, Kind

DATASTORE = "FileDatastore@release"
_FORMATTERS = {
    "ArrowAstropy": "lsst.daf.butler.formatters.parquet.ParquetFormatter",
    "Exposure": "lsst.obs.lsst.rawFormatter.LsstComCamRawFormatter",
}
_FITS = "lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter"
_FILE_BYTES = 98_765_432
_INGESTED_NS = 1_741_000_000_000_000_000


def copy_datasets(url: str, datasets: Sequence[Dataset]) -> None:
    """Write datasets, what their collections hold, and where their files are."""
    with psycopg.connect(url) as connection:
        runs = ids_of(connection, "SELECT name, collection_id FROM collection")
        types = ids_of(connection, "SELECT name, id FROM dataset_type")
        _summarise(connection, datasets, runs, types)
        copy_rows(
            connection,
            "dataset",
            ("id", "dataset_type_id", "ingest_date", "run_id"),
            ((d.id, types[d.kind.name], _INGESTED_NS, runs[d.run]) for d in datasets),
        )
        for kind in KINDS:
            _tag(connection, kind, [d for d in datasets if d.kind is kind], runs)
        _locate(connection, datasets)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _summarise(
    connection: psycopg.Connection,
    datasets: Iterable[Dataset],
    runs: dict[str, int],
    types: dict[str, int],
) -> None:
    held = sorted({(runs[d.run], types[d.kind.name]) for d in datasets})
    columns = ("collection_id", "dataset_type_id")
    copy_rows(connection, "collection_summary_dataset_type", columns, held)
    for governor, name in (("instrument", INSTRUMENT), ("skymap", SKYMAP)):
        having = {runs[d.run] for d in datasets if governor in d.kind.dimensions}
        copy_rows(
            connection,
            f"collection_summary_{governor}",
            ("collection_id", governor),
            ((run, name) for run in sorted(having)),
        )


def _tag(
    connection: psycopg.Connection,
    kind: Kind,
    datasets: Iterable[Dataset],
    runs: dict[str, int],
) -> None:
    found = connection.execute(
        "SELECT id, tag_association_table FROM dataset_type WHERE name = %s",
        [kind.name],
    ).fetchone()
    assert found is not None
    type_id, table = found
    columns = ("dataset_type_id", "dataset_id", "collection_id", *kind.dimensions)
    rows = ((type_id, d.id, runs[d.run], *d.values) for d in datasets)
    copy_rows(connection, table, columns, rows)


def _locate(connection: psycopg.Connection, datasets: Iterable[Dataset]) -> None:
    copy_rows(
        connection,
        "dataset_location",
        ("datastore_name", "dataset_id"),
        ((DATASTORE, d.id) for d in datasets),
    )
    columns = ("dataset_id", "path", "formatter", "storage_class", "component")
    rows = (
        (
            d.id,
            d.path,
            _FORMATTERS.get(d.kind.storage_class, _FITS),
            d.kind.storage_class,
            "__NULL_STRING__",
            _FILE_BYTES,
        )
        for d in datasets
    )
    copy_rows(connection, "file_datastore_records", (*columns, "file_size"), rows)


def ids_of(connection: psycopg.Connection, query: str) -> dict[str, Any]:
    """Return what a query gives by name: ids, or other names."""
    return dict(connection.execute(sql.SQL(query)).fetchall())


def copy_rows(
    connection: psycopg.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Copy rows into some columns of a table."""
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(command) as copy:
        for row in rows:
            copy.write_row(row)

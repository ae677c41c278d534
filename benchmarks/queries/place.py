"""A repository with a dataset to look up and a million groups to ask for."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.serving.process import Server, running
from benchmarks.serving.servers import LABEL
from tests.support.postgres import PostgresCluster
from tests.support.repositories import make_repository

CAMERA = "Cam1"


class Place(msgspec.Struct, frozen=True):
    """Where the repository is."""

    cluster: PostgresCluster
    root: Path
    database: str
    rows: int


@contextlib.contextmanager
def place(scratch: Path, rows: int) -> Iterator[Place]:
    """Build the repository; it lasts as long as the context."""
    cluster = PostgresCluster.start(settings={"shared_buffers": "512MB"})
    try:
        root = make_repository(scratch / "repository", "base", postgres=cluster)
        [(database,)] = cluster.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'repository_%'"
        )
        cluster.execute(
            'INSERT INTO "group" (instrument, name) '
            f"SELECT '{CAMERA}', to_char(n, 'FM0000000') "
            f'FROM generate_series(1, {rows}) n; ANALYZE "group"',
            database=database,
        )
        [(there,)] = cluster.execute('SELECT count(*) FROM "group"', database=database)
        yield Place(cluster, root, database, there)
    finally:
        cluster.stop()


@contextlib.contextmanager
def butlery(where: Place, scratch: Path, workers: int) -> Iterator[Server]:
    """Serve the repository, with so many query workers."""
    config = scratch / "butlery.toml"
    config.write_text(
        f"[queries]\nworkers = {workers}\n\n"
        f"[jobs]\nfolder = {json.dumps(str(scratch / 'jobs'))}\n\n"
        f"[repositories.{LABEL}]\nuri = {json.dumps(str(where.root))}\n",
        encoding="utf-8",
    )
    arguments = ["butlery", "serve", str(config), "--host", "127.0.0.1"]
    with running("Butlery", arguments, scratch / "butlery.log") as server:
        yield server


def records(element: str) -> bytes:
    """Return the body of a query for all records of a dimension."""
    query: dict[str, Any] = {
        "tree": {"dimensions": [element], "validateGovernorConstraints": False},
        "default_data_id": {"dataId": {}, "records": {}},
        "additional_query_inputs": [],
    }
    spec = {"result_type": "dimension_record", "element": element}
    return msgspec.json.encode({"query": query, "result_spec": spec})

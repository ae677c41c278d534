"""Queries as they are sent, and a way to let them wait as long as a test likes."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until
from tests.support.servers import HOST, ButleryServer

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND datname = '{}'"
)
INPUTS = {
    "default_data_id": {"dataId": {}, "records": {}},
    "additional_query_inputs": [],
}


def query(element: str, **spec: Any) -> dict[str, Any]:
    """Return a query for all records of a dimension, which only a worker answers."""
    tree = {"dimensions": [element], "validateGovernorConstraints": False}
    return {
        "query": {"tree": tree, **INPUTS},
        "result_spec": {
            "result_type": "dimension_record",
            "element": element,
            # Means nothing here, but nobody else looks at it.
            "allow_duplicate_overlaps": True,
            **spec,
        },
    }


def post(
    server: ButleryServer,
    route: str,
    body: object,
    token: str | None = None,
    timeout_seconds: float = 60,
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and all of the body; raises if the body breaks off."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=timeout_seconds)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    target = f"/api/butler/repo/{server.label}/v1/query/{route}"
    connection.request("POST", target, data, headers)
    response = connection.getresponse()
    try:
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def lines(body: bytes) -> list[dict[str, Any]]:
    assert body.endswith(b"\n") or not body
    return [json.loads(line) for line in body.splitlines()]


def rows(body: bytes) -> list[Any]:
    pages = [line for line in lines(body) if line["type"] == "dimension_record"]
    return [row for page in pages for row in page["rows"]]


def count_rows(server: ButleryServer, element: str = "detector") -> int:
    status, _, body = post(
        server, "count", {**query(element), "exact": True, "discard": True}
    )
    assert status == 200, body
    return int(json.loads(body)["count"])


@contextmanager
def locked(postgres: PostgresCluster, database: str, table: str) -> Iterator[None]:
    """Let nobody read a table."""
    with psycopg.connect(postgres.url(database)) as connection:
        connection.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
        yield
        connection.rollback()


def wait_for_waiting(postgres: PostgresCluster, database: str, count: int) -> None:
    sql = _WAITING.format(database)
    wait_until(f"{count} waiting", lambda: postgres.execute(sql) == [(count,)])

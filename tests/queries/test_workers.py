"""Workers that hang, die or are left by their clients; what clients see of it.

Queries wait as long as a test likes: it locks the table of visits.
"""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from lsst.daf.butler import Butler, DatasetType

from tests.queries.asking import (
    INPUTS,
    count_rows,
    lines,
    locked,
    post,
    query,
    rows,
    wait_for_waiting,
)
from tests.queries.conftest import Copy
from tests.queries.copies import database_of
from tests.queries.serving import nursery_of, serve, wait_for_workers, workers_of
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until
from tests.support.servers import HOST, ButleryServer


@pytest.fixture(scope="module")
def root(copy_of_base: Copy) -> Path:
    return copy_of_base()


@pytest.fixture(scope="module")
def database(root: Path) -> str:
    return database_of(root)


@pytest.fixture(scope="module")
def server(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    server = serve(
        tmp_path_factory.mktemp("server"),
        {"repo": root},
        "workers = 2\nkeep_alive_seconds = 0.2\nmax_rows = 30",
    )
    count_rows(server)  # the nursery imports all that it needs
    yield server
    server.stop()


def test_keep_alives_are_sent_while_the_database_thinks(
    server: ButleryServer, postgres: PostgresCluster, database: str
) -> None:
    with ThreadPoolExecutor() as pool:
        with locked(postgres, database, "visit"):
            answer = pool.submit(post, server, "execute", query("visit"))
            wait_for_waiting(postgres, database, 1)
            time.sleep(0.5)
        status, headers, body = answer.result()
    assert status == 200
    assert headers["content-type"] == "application/jsonlines"
    assert headers["x-accel-buffering"] == "no"
    kinds = [line["type"] for line in lines(body)]
    assert kinds.count("keep-alive") >= 2
    assert set(kinds) <= {"keep-alive", "dimension_record"}


def test_killed_worker_is_replaced_and_its_query_answered(
    server: ButleryServer, postgres: PostgresCluster, database: str
) -> None:
    with ThreadPoolExecutor() as pool:
        with locked(postgres, database, "detector"):
            answer = pool.submit(post, server, "execute", query("detector"))
            wait_for_waiting(postgres, database, 1)
            for worker in workers_of(server):
                worker.kill()
            time.sleep(0.2)
            wait_for_waiting(postgres, database, 1)
        status, _, body = answer.result()
    assert (status, len(rows(body))) == (200, 4)


def test_query_whose_workers_all_die_is_broken_off(
    server: ButleryServer, postgres: PostgresCluster, database: str
) -> None:
    """It has been told to keep alive: an end without an end is all that is left."""
    with ThreadPoolExecutor() as pool, locked(postgres, database, "visit"):
        answer = pool.submit(post, server, "execute", query("visit"))
        wait_for_waiting(postgres, database, 1)
        time.sleep(0.5)
        while not answer.done():
            for worker in workers_of(server):
                worker.kill()
            time.sleep(0.05)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.result()
    assert count_rows(server) == 4


def test_count_whose_workers_all_die_is_503(
    server: ButleryServer, postgres: PostgresCluster, database: str
) -> None:
    asked = {**query("visit"), "exact": True, "discard": True}
    with ThreadPoolExecutor() as pool, locked(postgres, database, "visit"):
        answer = pool.submit(post, server, "count", asked)
        while not answer.done():
            for worker in workers_of(server):
                worker.kill()
            time.sleep(0.05)
    status, headers, body = answer.result()
    assert status == 503
    assert headers["retry-after"].isdecimal()
    assert "error_type" not in json.loads(body)


def test_workers_leave_the_processor_to_lookups(server: ButleryServer) -> None:
    count_rows(server)
    web = psutil.Process(server.process.pid)
    for worker in workers_of(server):
        assert worker.nice() > web.nice()
        assert os.sched_getscheduler(worker.pid) == os.SCHED_BATCH


def test_killed_nursery_is_replaced(server: ButleryServer) -> None:
    count_rows(server)
    old = nursery_of(server)
    assert old is not None
    workers = workers_of(server)
    old.kill()
    wait_until("end of orphans", lambda: not any(w.is_running() for w in workers))
    assert count_rows(server) == 4
    new = nursery_of(server)
    assert new is not None
    assert new.pid != old.pid


def test_client_that_goes_away_frees_its_worker_and_its_database_connection(
    server: ButleryServer, postgres: PostgresCluster, database: str
) -> None:
    body = json.dumps(query("visit")).encode()
    head = (
        f"POST /api/butler/repo/{server.label}/v1/query/execute HTTP/1.1\r\n"
        "Host: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with locked(postgres, database, "visit"):
        clients = [socket.create_connection((HOST, server.port)) for _ in range(2)]
        for client in clients:
            client.sendall(head.encode() + body)
        wait_for_waiting(postgres, database, 2)
        started = time.monotonic()
        for client in clients:
            client.close()
        assert count_rows(server) == 4
        # Far less than the 300 s that statements may take.
        assert time.monotonic() - started < 5
        wait_for_waiting(postgres, database, 0)
        assert time.monotonic() - started < 10


def test_killed_server_leaves_nothing_behind(
    root: Path, postgres: PostgresCluster, database: str, tmp_path: Path
) -> None:
    server = serve(tmp_path, {"repo": root}, "workers = 1")
    count_rows(server)
    processes = [nursery_of(server), *wait_for_workers(server, 1)]
    with ThreadPoolExecutor() as pool, locked(postgres, database, "visit"):
        answer = pool.submit(post, server, "execute", query("visit"))
        wait_for_waiting(postgres, database, 1)
        os.kill(server.process.pid, signal.SIGKILL)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            answer.result()
        wait_until(
            "end of all", lambda: not any(p and p.is_running() for p in processes)
        )
        wait_for_waiting(postgres, database, 0)
    server.kill()


def test_result_that_is_too_long_says_so_in_its_last_line(
    server: ButleryServer,
) -> None:
    key = "6a0b6c5e-6d9a-4f5e-9d0b-0d6c0b9b3f11"
    upload = {
        "type": "upload",
        "key": key,
        "dimensions": ["instrument"],
        "rows": [["Cam1"]] * 40,
    }
    asked = query("instrument")
    asked["query"].update(
        additional_query_inputs=[upload],
        tree={
            "dimensions": ["instrument"],
            "data_coordinate_uploads": {key: ["instrument"]},
        },
    )
    asked["result_spec"] = {
        "result_type": "data_coordinate",
        "dimensions": ["instrument"],
        "allow_duplicate_overlaps": True,
    }
    status, _, body = post(server, "execute", asked)
    assert status == 200
    last = lines(body)[-1]
    assert last["type"] == "error", last
    assert last["error"]["error_type"] == "invalid_query"
    assert "more than 30 rows" in last["error"]["detail"]


def test_new_dataset_types_and_dimensions_are_known_to_workers_at_once(
    server: ButleryServer, root: Path
) -> None:
    with Butler.from_config(str(root), writeable=True) as direct:
        for number in range(3):
            name, camera = f"later{number}", f"Cam{number}Later"
            direct.registry.insertDimensionData(
                "instrument", {"name": camera, "class_name": "x"}
            )
            kind = DatasetType(
                name, ["instrument"], "StructuredDataDict", universe=direct.dimensions
            )
            direct.registry.registerDatasetType(kind)
            run = f"run{number}"
            direct.registry.registerRun(run)
            (ref,) = direct.registry.insertDatasets(
                kind, [{"instrument": camera}], run=run
            )
            with server.butler() as butler:
                found = butler.query_datasets(name, run, with_dimension_records=True)
                assert [each.id for each in found] == [ref.id]
                record = found[0].dataId.records["instrument"]
                assert record is not None
                assert record.name == camera
                asked = butler.query_data_ids(["instrument"], instrument=camera)
                assert len(asked) == 1


_TREE = {"dimensions": ["detector"], "validateGovernorConstraints": False}


@pytest.mark.parametrize(
    "change",
    [
        {"query": {"tree": {"dimensions": ["nonsense"]}, **INPUTS}},
        {"query": {"tree": {**_TREE, "predicate": {"operands": 7}}, **INPUTS}},
        {"query": {"tree": {**_TREE, "datasets": {"nope": {}}}, **INPUTS}},
        {
            "query": {
                "tree": {
                    **_TREE,
                    "data_coordinate_uploads": {
                        "6a0b6c5e-6d9a-4f5e-9d0b-0d6c0b9b3f11": ["detector"]
                    },
                },
                **INPUTS,
            }
        },
        {
            "query": {
                "tree": {
                    **_TREE,
                    "materializations": {
                        "6a0b6c5e-6d9a-4f5e-9d0b-0d6c0b9b3f11": ["detector"]
                    },
                },
                **INPUTS,
            }
        },
        {
            "query": {
                "tree": _TREE,
                "default_data_id": {},
                "additional_query_inputs": [],
            }
        },
        {
            "query": {
                "tree": _TREE,
                "default_data_id": {"dataId": {"nope": 1}},
                "additional_query_inputs": [],
            }
        },
        {
            "query": {
                "tree": _TREE,
                "default_data_id": {"dataId": {}, "records": {}},
                "additional_query_inputs": [
                    {
                        "type": "upload",
                        "key": "6a0b6c5e-6d9a-4f5e-9d0b-0d6c0b9b3f11",
                        "dimensions": ["detector"],
                        "rows": [["Cam1"]],
                    }
                ],
            }
        },
        {"result_spec": {"result_type": "nonsense"}},
        {"result_spec": {"result_type": "dimension_record", "element": "nope"}},
        {"result_spec": {"result_type": "dimension_record", "element": "visit"}},
        {"result_spec": {"result_type": "data_coordinate", "dimensions": ["visit"]}},
        {
            "result_spec": {
                "result_type": "dimension_record",
                "element": "detector",
                "limit": 10**30,
            }
        },
        {
            "result_spec": {
                "result_type": "dimension_record",
                "element": "detector",
                "order_by": [{"expression_type": "int", "value": 10**30}],
            }
        },
    ],
)
def test_query_that_makes_no_sense_is_the_users_error(
    server: ButleryServer, change: dict[str, Any]
) -> None:
    status, _, body = post(server, "execute", {**query("detector"), **change})
    if status == 200:
        last = lines(body)[-1]
        assert last["type"] == "error", last
        assert last["error"]["error_type"] in {"invalid_query", "missing_dataset_type"}
    else:
        assert status == 422, body
        assert json.loads(body)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"query":' * 20_000,
        b'{"query": {"tree": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}}",
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("route", ["execute", "count", "all_datasets"])
def test_body_that_is_no_query_is_422(
    server: ButleryServer, route: str, body: bytes
) -> None:
    status, _, answer = post(server, route, body)
    assert status == 422
    assert json.loads(answer)["detail"]


def test_deeply_nested_expression_is_the_users_error(server: ButleryServer) -> None:
    term: dict[str, Any] = {"expression_type": "int", "value": 1}
    for _ in range(400):
        term = {"expression_type": "unary", "operator": "-", "operand": term}
    leaf = {"predicate_type": "comparison", "a": term, "b": term, "operator": "=="}
    asked = query("detector")
    asked["query"]["tree"]["predicate"] = {"operands": [[leaf]]}
    status, _, body = post(server, "execute", asked)
    assert status in {200, 422}
    if status == 200:
        assert lines(body)[-1]["type"] in {"error", "dimension_record"}
    assert count_rows(server) == 4

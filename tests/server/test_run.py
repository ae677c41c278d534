"""The end of a server is orderly, and its log stays readable by machines."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.server.web import Web, path_and_query
from tests.support.postgres_process import wait_until
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

ROOT = "/api/butler/repo/repo"
# More than all buffers between server and client hold.
SIZE = 64 << 20


def entries(server: ButleryServer) -> Iterator[dict[str, Any]]:
    """Yield the log entries; whatever comes after the first must be one."""
    lines = server.log_text().splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("{")), 0)
    yield from map(json.loads, lines[first:])


def large_file(server: ButleryServer, root: Path) -> str:
    """Make a file of the repository large, and return where it is read."""
    web = Web(server)
    find = {
        "dataset_type": "note_yaml",
        "data_id": {"instrument": "Cam1", "detector": 1},
        "collections": ["files/run"],
        "timespan": None,
    }
    answer = web.post(f"{ROOT}/v1/get_file_by_data_id", find)
    (file,) = answer.json["artifact"]["file_info"]
    with (root / file["datastoreRecords"]["path"]).open("r+b") as content:
        content.truncate(SIZE)
    web.close()
    return path_and_query(file["url"])


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_during_a_download_is_one_warning_and_status_0(
    repositories: RepositoryShelf, workers: int
) -> None:
    root = repositories.copy("base")
    server = ButleryServer.start(root, arguments=["--workers", str(workers)])
    wait_until("the announcement", lambda: "anything\n" in server.log_text())
    target = large_file(server, root)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        assert client.recv(12) == b"HTTP/1.1 200"
        server.stop()
    assert server.process.returncode == 0
    assert "Traceback" not in server.log_text()
    cut = [e for e in entries(server) if e["event"] == "request-cut-by-shutdown"]
    assert [(e["level"], e["path"]) for e in cut] == [
        ("warning", target.partition("?")[0])
    ]


def test_worker_that_dies_while_the_database_is_away_is_replaced(
    repositories: RepositoryShelf,
) -> None:
    root = repositories.copy("base")
    server = ButleryServer.start(root, arguments=["--workers", "2"])
    wait_until("both workers", lambda: len(workers_of(server)) == 2)
    first, second = workers_of(server)
    (root / "gen3.sqlite3").rename(root / "away")
    os.kill(first, signal.SIGKILL)
    wait_until("another", lambda: len(workers_of(server) - {first, second}) == 1)
    wait_until("word of it", lambda: "repository-not-open" in server.log_text())
    (root / "away").rename(root / "gen3.sqlite3")
    wait_until("readiness of both", lambda: are_ready(server, 20))
    server.stop()
    assert server.process.returncode == 0


def workers_of(server: ButleryServer) -> set[int]:
    """Return the worker processes that answer."""
    with closing(Web(server)) as web:
        text = web.get("/metrics").body.decode()
    return {int(number) for number in re.findall(r'worker="(\d+)"', text)}


def are_ready(server: ButleryServer, times: int) -> bool:
    """Tell whether the server says so on each of several connections."""
    for _ in range(times):
        with closing(Web(server)) as web:
            if web.get("/health/ready").status != 200:
                return False
    return True

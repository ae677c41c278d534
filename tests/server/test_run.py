"""The end of a server is orderly, and its log stays readable by machines."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.web import Web, path_and_query
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

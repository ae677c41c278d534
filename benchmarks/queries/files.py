"""Results of jobs: rows that a query worker writes to files."""

import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from benchmarks.serving.process import Server
from benchmarks.serving.servers import LABEL

from .place import records

_JOBS = f"/api/butlery/repo/{LABEL}/v1/query/jobs"
_RUNNING = frozenset({"QUEUED", "EXECUTING"})


def write_files(server: Server, format_: str, element: str) -> tuple[int, int]:
    """Have all records of a dimension written; return rows and bytes.

    Raises
    ------
    RuntimeError
        If the job fails.
    """
    request = msgspec.Raw(records(element))
    body = {"kind": "execute", "format": format_, "request": request}
    job = urlsplit(_ask(server, "POST", _JOBS, body).headers["location"]).path
    while True:
        told = msgspec.json.decode(_ask(server, "GET", f"{job}?wait=-1").text)
        if told["phase"] not in _RUNNING:
            break
    if told["phase"] != "COMPLETED":
        raise RuntimeError(f"{server.name}: {told}")
    _ask(server, "DELETE", job)
    return told["rows"], sum(part["bytes"] for part in told["parts"])


class _Answer(msgspec.Struct, frozen=True):
    headers: Mapping[str, str]
    text: bytes


def _ask(server: Server, method: str, path: str, body: Any = None) -> _Answer:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port)
    headers = {"content-type": "application/json", "prefer": "respond-async"}
    data = None if body is None else msgspec.json.encode(body)
    try:
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return _Answer(told, response.read())
    finally:
        connection.close()

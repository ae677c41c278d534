"""Single requests as they cross the wire, for what the stock client would hide.

That client waits and asks again when it is told 503; here every answer is kept.
"""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from tests.support.servers import HOST, ButleryServer

_PATIENCE_SECONDS = 30.0
_IDLE_SECONDS = 1.0


@dataclass(frozen=True)
class Request:
    """A request to a repository's ``v1``; with a body it is a POST."""

    path: str
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """An answer, with the moments at which it was asked for and came."""

    request: Request
    status: int
    retry_after: str | None
    body: Any
    asked_at: float
    came_at: float

    @property
    def is_unavailable(self) -> bool:
        """Whether it is a 503 that says, in whole seconds, when to ask again."""
        return self.status == 503 and (self.retry_after or "").isdecimal()


class Connection:
    """One connection to a server, kept open between requests.

    After a pause it is opened anew, since servers close idle connections; unless it
    has to stay with its worker.
    """

    def __init__(self, server: ButleryServer, *, stays: bool = False) -> None:
        self._stays = stays
        self._used_at = time.monotonic()
        self._prefix = f"/api/butler/repo/{server.label}/v1/"
        self._connection = http.client.HTTPConnection(
            HOST, server.port, timeout=_PATIENCE_SECONDS
        )

    def send(self, request: Request) -> Reply:
        asked = time.monotonic()
        self.start(request)
        return self.finish(request, asked)

    def start(self, request: Request) -> None:
        """Send a request, and leave its answer to `finish`."""
        if time.monotonic() - self._used_at > _IDLE_SECONDS and not self._stays:
            self.close()
        path = self._prefix + request.path
        if request.body is None:
            self._connection.request("GET", path)
        else:
            headers = {"content-type": "application/json"}
            body = json.dumps(request.body)
            self._connection.request("POST", path, body, headers)

    def finish(self, request: Request, asked_at: float) -> Reply:
        response = self._connection.getresponse()
        content = response.read()
        self._used_at = time.monotonic()
        return Reply(
            request,
            response.status,
            response.getheader("retry-after"),
            json.loads(content) if content else None,
            asked_at,
            self._used_at,
        )

    @property
    def local_port(self) -> int:
        """The port of this end, by which a server process can be told."""
        if self._connection.sock is None:
            self._connection.connect()
        port: int = self._connection.sock.getsockname()[1]
        return port

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def collection(name: str) -> Request:
    return Request(f"collection_info?name={quote(name, safe='')}&include_doc=true")


def dataset_type(name: str) -> Request:
    return Request(f"dataset_type/{name}")


def dataset(id_: str) -> Request:
    return Request(f"dataset/{id_}")


def datasets(*ids: str) -> Request:
    return Request("datasets", {"dataset_ids": ids})


def files(id_: str) -> Request:
    return Request(f"get_file/{id_}")


def find(type_: str, data_id: dict[str, Any], *path: str) -> Request:
    return Request("find_dataset", _search(type_, data_id, path))


def find_files(type_: str, data_id: dict[str, Any], *path: str) -> Request:
    return Request("get_file_by_data_id", _search(type_, data_id, path))


def _search(type_: str, data_id: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    return {
        "dataset_type": type_,
        "data_id": data_id,
        "collections": path,
        "timespan": None,
    }

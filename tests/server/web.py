"""HTTP as an adversary speaks it: targets and headers go out as they are given."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from tests.support.servers import ButleryServer

_NOTHING: Mapping[str, str] = MappingProxyType({})
_JSON = MappingProxyType({"content-type": "application/json"})


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The sentence of an error."""
        return str(self.json["detail"])


class RawConnection(http.client.HTTPConnection):
    """A connection that lets every target through as it is."""

    def _validate_path(self, url: str) -> None:
        """Let it through."""

    def _encode_request(self, request: str) -> bytes:
        return request.encode("utf-8", "surrogateescape")


class Web:
    """One connection to one server, opened again when the server closed it."""

    def __init__(self, server: ButleryServer) -> None:
        self.server = server
        self._connection = RawConnection("127.0.0.1", server.port, timeout=30)

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] = _NOTHING,
        body: bytes | None = None,
    ) -> Answer:
        """Send one request; nothing in `target` is quoted or tidied up."""
        connection = self._connection
        names = {name.lower() for name in headers}
        connection.putrequest(
            method, target, skip_host="host" in names, skip_accept_encoding=True
        )
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None and "content-length" not in names:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, content)

    def get(self, target: str, **headers: str) -> Answer:
        """`GET`; underscores in names of headers stand for hyphens."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", target, headers=spelled)

    def post(self, target: str, document: object, **headers: str) -> Answer:
        """`POST` a JSON document, or bytes as they are."""
        body = (
            document if isinstance(document, bytes) else json.dumps(document).encode()
        )
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", target, headers={**_JSON, **spelled}, body=body)

    def close(self) -> None:
        self._connection.close()


def path_and_query(url: str) -> str:
    """Return the part of a URL that a request line has."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"

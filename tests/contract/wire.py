"""Raw HTTP to one repository of a server, below any client's mercy.

Nothing is followed, retried or interpreted: a test says which bytes go out and
sees the status, headers and bytes that come back.
"""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.servers import HOST, ButleryServer

_JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def detail(self) -> str:
        """Return the text of an error that must not pass for a Butler error."""
        content = self.json()
        assert set(content) == {"detail"}, content
        return str(content["detail"])

    def butler_error(self) -> tuple[str, str]:
        content = self.json()
        assert self.status == http.HTTPStatus.UNPROCESSABLE_ENTITY, self
        assert set(content) == {"error_type", "detail"}, content
        return content["error_type"], content["detail"]


class Wire:
    """One repository of a server."""

    def __init__(self, server: ButleryServer) -> None:
        self._server = server
        self.root = urlsplit(server.repository_url()).path

    def get(self, endpoint: str) -> Answer:
        return self.send("GET", f"{self.root}/v1/{endpoint}")

    def post(self, endpoint: str, content: Any) -> Answer:
        return self.post_bytes(endpoint, json.dumps(content).encode())

    def post_bytes(
        self, endpoint: str, body: bytes, content_type: str | None = _JSON
    ) -> Answer:
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self.send("POST", f"{self.root}/v1/{endpoint}", body, headers)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection(HOST, self._server.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        finally:
            connection.close()

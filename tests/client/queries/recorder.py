"""What the stock client sends: a server between it and a real one that listens.

Queries are written down and have no results; everything else the real server answers.
"""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.servers import HOST, ButleryServer

_ANSWERS = {
    "execute": b"",
    "all_datasets": b"",
    "explain": b'{"messages":["nobody has looked"]}',
}


class Recorder(ThreadingHTTPServer):
    """Listens at `url`, and keeps the bodies of all queries in `asked`."""

    daemon_threads = True

    def __init__(self, server: ButleryServer) -> None:
        super().__init__((HOST, 0), _Handler)
        self.behind = server
        self.asked: list[tuple[str, dict[str, Any]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        path = self.behind.repository_url().removeprefix(self.behind.url)
        return f"http://{HOST}:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def do_GET(self) -> None:
        self._forward(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        kind = self.path.partition("/v1/query/")[2]
        if kind in _ANSWERS:
            self.server.asked.append((kind, json.loads(body)))
            self._answer(200, "application/jsonlines", _ANSWERS[kind])
        else:
            self._forward(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        pass

    def _forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(HOST, self.server.behind.port)
        headers = {"content-type": "application/json"}
        connection.request(self.command, self.path, body, headers)
        with connection.getresponse() as response:
            type_ = response.headers["content-type"]
            self._answer(response.status, type_, response.read())
        connection.close()

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

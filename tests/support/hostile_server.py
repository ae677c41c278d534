"""A web server that does whatever a test wants, down to single bytes.

Each path has a behaviour, which is given what was asked and the raw connection. One
connection, one request, unless a behaviour does otherwise. Everything that was asked is
kept, for tests that must know what arrived.
"""

import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple, Self

_NONE: Mapping[str, str] = MappingProxyType({})


class Asked(NamedTuple):
    """One request; `times` says how often its path was asked for before."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    times: int


Behaviour = Callable[[Asked, socket.socket], None]


class HostileServer:
    """Make it with `started`; paths without a behaviour are answered with 404."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.asked: list[Asked] = []
        self.is_over = threading.Event()
        self._times: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Self]:
        server = cls()
        threading.Thread(target=server._accept, daemon=True).start()
        try:
            yield server
        finally:
            server.is_over.set()
            server._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked_for(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(
                    target=self._serve, args=(connection,), daemon=True
                ).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            asked = self._read(connection)
            behave = self.behaviours.get(asked.path, answering(b"", 404))
            behave(asked, connection)
            connection.shutdown(socket.SHUT_WR)

    def _read(self, connection: socket.socket) -> Asked:
        stream = connection.makefile("rb")
        method, path, _ = stream.readline().decode("latin-1").split(" ")
        path = path.partition("?")[0]
        headers: dict[str, str] = {}
        while (line := stream.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        with self._lock:
            asked = Asked(method, path, headers, body, self._times[path])
            self._times[path] += 1
            self.asked.append(asked)
        return asked


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answering(
    body: bytes, status: int = 200, headers: Mapping[str, str] = _NONE
) -> Behaviour:
    """Answer with a body and its length, or with the length that headers tell."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        del asked
        told = {"Content-Length": str(len(body)), **headers}
        connection.sendall(head(status, told) + body)

    return behave


def serving_file(content: bytes, headers: Mapping[str, str] = _NONE) -> Behaviour:
    """Answer as an honest store does, with ranges."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        connection.sendall(file_answer(asked, content, headers))

    return behave


def file_answer(
    asked: Asked, content: bytes, headers: Mapping[str, str] = _NONE
) -> bytes:
    wanted = asked.headers.get("range", "")
    if not wanted:
        return head(200, {"Content-Length": str(len(content)), **headers}) + content
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start, stop = int(first), min(int(last or len(content)) + 1, len(content))
    if start >= len(content):
        told = {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"}
        return head(416, told)
    part = content[start:stop]
    told = {
        "Content-Range": f"bytes {start}-{stop - 1}/{len(content)}",
        "Content-Length": str(len(part)),
    }
    return head(206, {**told, **headers}) + part


def breaking(content: bytes, after: Callable[[int], int]) -> Behaviour:
    """Serve a file, but end each connection after some bytes of the body."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        answer = file_answer(asked, content)
        begin = answer.index(b"\r\n\r\n") + 4
        connection.sendall(answer[: begin + after(asked.times)])

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave in another way each time; at the end always in the last one."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        behaviours[min(asked.times, len(behaviours) - 1)](asked, connection)

    return behave


def without_end(
    headers: Mapping[str, str], chunk: bytes, pause: float = 0.0, status: int = 200
) -> Behaviour:
    """Send the same bytes again and again, as long as somebody takes them."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        del asked
        connection.sendall(head(status, headers))
        while True:
            connection.sendall(chunk)
            time.sleep(pause)

    return behave


def headers_without_end(pause: float) -> Behaviour:
    def behave(asked: Asked, connection: socket.socket) -> None:
        del asked
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            connection.sendall(b"a")
            time.sleep(pause)

    return behave


def chunk_of(content: bytes) -> bytes:
    """Return one chunk of a body in chunks."""
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"

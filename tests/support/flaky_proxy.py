"""A proxy before a server that loses a share of all requests, in all ways there are."""

import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from typing import Self

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
_FAULTS = ("drop", "reset", "truncate", "busy")


class FlakyProxy:
    """Make it with `started`; `faults` counts what it did."""

    def __init__(self, port: int, share: float, seed: int) -> None:
        self.faults: Counter[str] = Counter()
        self._server = ("127.0.0.1", port)
        self._share = share
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    @classmethod
    @contextmanager
    def started(cls, port: int, share: float, seed: int) -> Iterator[Self]:
        proxy = cls(port, share, seed)
        threading.Thread(target=proxy._accept, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(
                    target=self._serve, args=(client,), daemon=True
                ).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            request = _request(client)
            is_fault = self._random.random() < self._share
            fault = self._random.choice(_FAULTS) if is_fault else "none"
            self.faults[fault] += 1
            if fault == "busy":
                client.sendall(self._busy())
            elif fault != "drop":
                self._pass_on(client, self._answer(request), fault)
            if fault != "reset":
                client.shutdown(socket.SHUT_WR)

    def _pass_on(self, client: socket.socket, answer: bytes, fault: str) -> None:
        cut = self._random.randrange(len(answer)) if fault != "none" else len(answer)
        client.sendall(answer[:cut])
        if fault == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _busy(self) -> bytes:
        wait = self._random.choice(
            ["", "Retry-After: 0\r\n", f"Retry-After: {_date()}\r\n"]
        )
        return (
            f"HTTP/1.1 503 Busy\r\n{wait}Content-Length: 4\r\n"
            "Connection: close\r\n\r\nbusy"
        ).encode()

    def _answer(self, request: bytes) -> bytes:
        with socket.create_connection(self._server) as server:
            server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            chunks = []
            while chunk := server.recv(2**18):
                chunks.append(chunk)
        return b"".join(chunks)


def _date() -> str:
    return formatdate(time.time(), usegmt=True)


def _request(client: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(client)
    head, _, body = received.partition(b"\r\n\r\n")
    told = _LENGTH.search(head)
    while told and len(body) < int(told[1]):
        body += _some(client)
    return head + b"\r\n\r\n" + body


def _some(client: socket.socket) -> bytes:
    chunk = client.recv(2**16)
    if not chunk:
        raise OSError("nobody asks any more")
    return chunk

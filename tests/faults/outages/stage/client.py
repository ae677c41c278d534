"""One keep-alive connection to a server, cheap enough to have thousands.

Requests are bytes made once; of an answer the status, the headers and the body are
kept. A connection that breaks is the caller's business.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from tests.coherence.watching.requests import Request
from tests.support.servers import HOST, ButleryServer

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Reply:
    """An answer, with the moments at which it was asked for and came."""

    message: bytes
    status: int
    headers: dict[str, str]
    content: bytes
    asked_at: float
    came_at: float

    @cached_property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def seconds(self) -> float:
        return self.came_at - self.asked_at

    @property
    def is_good(self) -> bool:
        return self.status == 200

    @property
    def is_refusal(self) -> bool:
        """Whether it is a 503 that says, in whole seconds, when to ask again."""
        retry_after = self.headers.get("retry-after", "")
        return self.status == 503 and retry_after.isdecimal()

    @property
    def is_hit(self) -> bool:
        """Whether no database had to be asked for it."""
        return self.headers.get("cache-status", "").startswith("butlery; hit")

    @property
    def state(self) -> str:
        """How the server follows changes."""
        return self.headers.get("butlery-state", "").upper()


def encode(server: ButleryServer, request: Request) -> bytes:
    """Return a request as it is sent."""
    path = f"/api/butler/repo/{server.label}/v1/{request.path}"
    if request.body is None:
        return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    body = json.dumps(request.body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client:
    """One connection; make it with `open`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection(HOST, port, limit=2**24))

    async def send(self, message: bytes) -> Reply:
        """Ask, and return the whole answer."""
        asked_at = time.monotonic()
        self._writer.write(message)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        content = await self._reader.readexactly(int(headers["content-length"]))
        status = int(first.split()[1])
        return Reply(message, status, headers, content, asked_at, time.monotonic())

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


def ask(server: ButleryServer, request: Request) -> Reply:
    """Ask once, on a connection of its own."""
    return ask_all(server, [request], clients=1)[0]


def ask_all(
    server: ButleryServer, requests: Iterable[Request], *, clients: int = 8
) -> list[Reply]:
    """Ask each once, over some connections, in about this order."""
    messages = iter([encode(server, request) for request in requests])
    replies: list[Reply] = []

    async def work() -> None:
        client = await Client.open(server.port)
        for message in messages:
            async with asyncio.timeout(PATIENCE_SECONDS):
                replies.append(await client.send(message))
        await client.close()

    async def all_work() -> None:
        await asyncio.gather(*(work() for _ in range(clients)))

    asyncio.run(all_work())
    return replies


def ask_at_once(server: ButleryServer, requests: Sequence[Request]) -> list[Reply]:
    """Ask all at the same time, each on a connection of its own."""

    async def work() -> list[Reply]:
        clients = [await Client.open(server.port) for _ in requests]
        messages = [encode(server, request) for request in requests]
        async with asyncio.timeout(PATIENCE_SECONDS):
            replies = await asyncio.gather(
                *(c.send(m) for c, m in zip(clients, messages, strict=True))
            )
        await asyncio.gather(*(client.close() for client in clients))
        return replies

    return asyncio.run(work())

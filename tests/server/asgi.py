"""Asks an ASGI application in this process, without a server."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tests.server.web import Answer

Asked = Callable[[str, str, Mapping[str, str]], Answer]


def ask_app(app: Any) -> Asked:
    """Return a function that asks: method, path, headers."""

    async def run(method: str, path: str, headers: Mapping[str, str]) -> Answer:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        raw = [(n.encode(), v.encode()) for n, v in {"host": "h", **headers}.items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": raw,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
            "extensions": {},
        }
        await app(scope, receive, send)
        start, *parts = sent
        found = {n.decode().lower(): v.decode() for n, v in start["headers"]}
        return Answer(start["status"], found, b"".join(p["body"] for p in parts))

    def ask(method: str, path: str, headers: Mapping[str, str]) -> Answer:
        return asyncio.run(run(method, path, headers))

    return ask

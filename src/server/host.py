"""What the worker processes of one server share: a stream, and one poller.

Runs in a thread of the supervisor, beside the workers and not in any of them. If it
ends, each worker polls for itself.
"""

import asyncio
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import structlog

from ..cache.bus import ChangeStream, Checked, Hub, SocketTransport
from ..protocol.errors import UnavailableError
from ..registry import Registry, RepositoryError
from .config import RepositorySettings

HUB_VARIABLE = "BUTLERY_HUB"
"""Where workers find the path of the stream's socket."""

_logger = structlog.get_logger("butlery.server")


class Host:
    """The stream and the poller of one host.

    Parameters
    ----------
    repositories
        What the workers serve, by label.
    """

    def __init__(self, repositories: Mapping[str, RepositorySettings]) -> None:
        self._repositories = repositories
        self._folder = tempfile.TemporaryDirectory(prefix="butlery-")
        self._ready = threading.Event()
        self._ended: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="host", daemon=True)

    def __enter__(self) -> Self:
        """Begin; workers that are started from now on can connect."""
        os.environ[HUB_VARIABLE] = str(self._path)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        if self._loop is not None and self._ended is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=5)
        self._folder.cleanup()

    @property
    def _path(self) -> Path:
        return Path(self._folder.name) / "hub"

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:
            _logger.exception("host-failed")
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            hub = Hub(self._path)
            await hub.start()
            stack.push_async_callback(hub.stop)
            self._ready.set()
            epoch = secrets.token_hex(8)
            stream = ChangeStream(SocketTransport(self._path), "poller", epoch)
            await stream.open()
            stack.push_async_callback(stream.close)
            polled = [s for s in self._repositories.values() if s.poll_seconds > 0]
            # Of several labels of one repository the one that asks most often.
            polled.sort(key=lambda settings: settings.poll_seconds)
            taken: set[str] = set()
            work = [_drain(stream), *(_poll(each, stream, taken) for each in polled)]
            tasks = [asyncio.create_task(each) for each in work]
            await self._ended.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(stream: ChangeStream) -> None:
    async for _ in stream.deliveries():
        pass


async def _poll(
    settings: RepositorySettings, stream: ChangeStream, taken: set[str]
) -> None:
    """Tell all workers what the gate says, once in every period.

    Parameters
    ----------
    taken
        Identities of the repositories that are polled.
    """
    try:
        registry = Registry.from_uri(
            settings.uri, deadline_seconds=settings.deadline_seconds
        )
    except RepositoryError:
        return  # the workers say so
    if registry.gate.immediate:
        return
    identity = ""
    try:
        while True:
            started = time.monotonic()
            try:
                if not identity:
                    identity = await registry.gate.identify()
                    if identity in taken:
                        return
                    taken.add(identity)
                moment = await registry.gate.read()
            except UnavailableError as error:
                _logger.warning("host-poll-failed", error=str(error))
            else:
                await stream.publish(
                    Checked(
                        identity, moment.node, moment.text, started, moment.connection
                    )
                )
            await asyncio.sleep(settings.poll_seconds)
    finally:
        await registry.close()

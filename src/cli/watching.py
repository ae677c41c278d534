"""Runs a watcher, and tells servers over Redis what it sees, until told to stop."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

from ..cache.bus import ChangeStream
from ..cache.bus.transports.redis import RedisTransport
from ..cache.follower.telling import tell
from ..protocol.errors import UnavailableError
from ..registry import Registry, RepositoryConfig
from ..registry.watch import Watcher

_RETRY_SECONDS = 1.0


async def keep_watch(
    config: RepositoryConfig, redis_url: str, say: Callable[[str], None]
) -> None:
    """Watch one repository; return at SIGTERM or SIGINT.

    Parameters
    ----------
    say
        Takes a line about what happens.

    Raises
    ------
    RepositoryError
        If the repository is not on PostgreSQL.
    ValueError
        If the URL cannot be understood.
    """
    watcher = Watcher(config)
    name = f"watcher:{socket.gethostname()}:{os.getpid()}"
    stream = ChangeStream(RedisTransport(redis_url), name, secrets.token_hex(8))
    await stream.open()
    work = asyncio.gather(_drain(stream), _tell(config, watcher, stream, say))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await work
    finally:
        work.cancel()
        await stream.close()  # with a farewell, so that nobody suspects a loss
        say("stopped")


async def _drain(stream: ChangeStream) -> None:
    """Read the stream, which its own heart needs, and keep nothing."""
    async for _ in stream.deliveries():
        pass


async def _tell(
    config: RepositoryConfig,
    watcher: Watcher,
    stream: ChangeStream,
    say: Callable[[str], None],
) -> None:
    identity = await _identify(config, say)
    say(f"watching {config.uri} as repository {identity}")
    await tell(watcher, stream, identity)


async def _identify(config: RepositoryConfig, say: Callable[[str], None]) -> str:
    """Return the repository's identity, as soon as its database tells it."""
    registry = Registry(config)
    is_said = False
    try:
        while True:
            try:
                return await registry.gate.identify()
            except UnavailableError as error:
                if not is_said:
                    say(f"waiting for the database: {error}")
                is_said = True
                await asyncio.sleep(_RETRY_SECONDS)
    finally:
        await registry.close()

"""Connects the repositories of one process to the streams that tell of changes."""

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ..cache import Repository
from ..cache.bus import ChangeStream, SocketTransport, Transport
from ..cache.follower import ChangeFollower
from ..cache.operations import SERVER_PREFIX
from .host import HUB_VARIABLE


@asynccontextmanager
async def following(
    repositories: Iterable[Repository], redis_url: str | None
) -> AsyncIterator[dict[str, ChangeFollower]]:
    """Follow the streams as long as the context lasts.

    Parameters
    ----------
    repositories
        Open ones.
    redis_url
        Where servers and watchers meet; without it, the workers of one host do.

    Yields
    ------
    followers
        One for each stream, by its name; first the one that carries changes and
        commands.
    """
    keepers = [repository.keeper for repository in repositories]
    hub = os.environ.get(HUB_VARIABLE)
    async with AsyncExitStack() as stack:
        followers: dict[str, ChangeFollower] = {}
        if redis_url is not None:
            from ..cache.bus.transports.redis import RedisTransport

            stream = _stream(RedisTransport(redis_url))
            followers["redis"] = ChangeFollower(stream, keepers, carries_checks=False)
        if hub is not None:
            stream = _stream(SocketTransport(Path(hub)))
            has_changes = redis_url is None
            followers["host"] = ChangeFollower(
                stream, keepers, carries_changes=has_changes
            )
        for follower in followers.values():
            await follower.open()
            stack.push_async_callback(follower.close)
        yield followers


def _stream(transport: Transport) -> ChangeStream:
    return ChangeStream(transport, process_name(), secrets.token_hex(8))


def process_name() -> str:
    """Return what this process is called wherever several servers meet."""
    return f"{SERVER_PREFIX}{socket.gethostname()}:{os.getpid()}"

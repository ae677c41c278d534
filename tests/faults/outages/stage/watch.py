"""A watcher of one repository, which tells a Redis stream what changes.

It is a process of its own, for it must keep up whatever the tests do.
"""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from butlery.cache.bus import ChangeStream
from butlery.cache.bus.transports.redis import RedisTransport
from butlery.cache.follower.telling import tell
from butlery.registry import Registry, load_repository_config
from butlery.registry.watch import Watcher, install

_TOP = Path(__file__).parents[4]


@contextmanager
def watching(repository: Path, redis_url: str) -> Iterator[None]:
    """Watch while the context lasts; the triggers stay in the database."""
    config = load_repository_config(str(repository))
    asyncio.run(install(config))
    command = [sys.executable, "-m", __name__, str(repository), redis_url]
    with subprocess.Popen(command, cwd=_TOP) as process:
        try:
            yield
        finally:
            process.kill()


async def _watch(repository: str, redis_url: str) -> None:
    registry = Registry.from_uri(repository)
    identity = await registry.gate.identify()
    await registry.close()
    stream = ChangeStream(RedisTransport(redis_url), "watcher", secrets.token_hex(8))
    await stream.open()
    watcher = Watcher(load_repository_config(repository))
    await asyncio.gather(tell(watcher, stream, identity), _hear_nothing(stream))


async def _hear_nothing(stream: ChangeStream) -> None:
    async for _ in stream.deliveries():
        pass


if __name__ == "__main__":
    asyncio.run(_watch(*sys.argv[1:]))

"""Repositories opened in this process, also by another way than their own."""

from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from butlery.cache import Repository
from tests.coherence.places import point_to
from tests.support.postgres import PostgresCluster

from .servers import Inside

_numbers = count(1)


async def open_inside(
    stack: AsyncExitStack,
    name: str,
    root: Path,
    *,
    poll_seconds: float = 0.3,
    deadline_seconds: float = 2.0,
) -> Inside:
    repository = Repository.from_uri(
        "repo",
        str(root),
        poll_seconds=poll_seconds,
        deadline_seconds=deadline_seconds,
    )
    stack.push_async_callback(repository.close)
    await repository.open()
    return Inside(name, repository)


def through(root: Path, cluster: PostgresCluster, port: int) -> Path:
    """Return a configuration that leads to another port than the cluster's."""
    return point_to(
        root,
        f"through-{next(_numbers)}",
        lambda url: url.replace(f":{cluster.port}/", f":{port}/"),
    )

"""Connects the commands of operators to the stream that carries them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from ..cache import Repository
from ..cache.follower import ChangeFollower
from ..cache.operations import Operations
from .following import process_name


@asynccontextmanager
async def operating(
    repositories: Mapping[str, Repository], follower: ChangeFollower | None
) -> AsyncIterator[Operations]:
    """Give and obey commands as long as the context lasts.

    Parameters
    ----------
    repositories
        Open ones, by label.
    follower
        Of the stream that carries commands; `None`: this process is alone.
    """
    stream = None if follower is None else follower.stream
    async with Operations(repositories, stream, server=process_name()) as operations:
        if follower is not None:
            follower.attend(operations.obey, operations.heard)
        yield operations

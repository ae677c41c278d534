"""Opens the repositories of a process, and closes them at its end."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from ..cache import Repository
from ..registry import RepositoryError
from .host import HUB_VARIABLE

_AGAIN_SECONDS = 2.0

_logger = structlog.get_logger("butlery.server")


@asynccontextmanager
async def opening(repositories: Sequence[Repository]) -> AsyncIterator[None]:
    """Have repositories open as long as the context lasts.

    A worker takes the place of one that has died whatever the database does: what it
    cannot open now it opens later, and answers 503 until then.

    Raises
    ------
    RepositoryError
        If one cannot be opened, and this process is alone.
    """
    async with AsyncExitStack() as stack:
        for repository in repositories:
            stack.push_async_callback(repository.close)
            try:
                await repository.open()
            except RepositoryError as error:
                if HUB_VARIABLE not in os.environ:
                    raise
                _log(repository, error)
                task = asyncio.create_task(_open_later(repository))
                stack.push_async_callback(_end, task)
        yield


async def _open_later(repository: Repository) -> None:
    while True:
        await asyncio.sleep(_AGAIN_SECONDS)
        try:
            await repository.open()
        except RepositoryError as error:
            _log(repository, error)
        else:
            return


def _log(repository: Repository, error: RepositoryError) -> None:
    _logger.warning(
        "repository-not-open", repository=repository.label, error=str(error)
    )


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task

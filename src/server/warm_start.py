"""Reads what the configuration names before this process calls itself ready."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from ..cache import Repository
from ..cache.operations import Warming
from ..protocol.admin import WarmRequest
from ..protocol.errors import UnavailableError

_AGAIN_SECONDS = 5.0

_logger = structlog.get_logger("butlery.server")


class WarmStart:
    """Warms repositories once, while they already answer.

    Parameters
    ----------
    wanted
        Names and globs of collections, by label.
    """

    def __init__(self, wanted: Mapping[str, Sequence[str]]) -> None:
        self._wanted = wanted
        self._missing = {label for label, collections in wanted.items() if collections}

    @property
    def missing(self) -> list[str]:
        """Labels of the repositories that are not warm yet."""
        return sorted(self._missing)

    @asynccontextmanager
    async def run(self, repositories: Mapping[str, Repository]) -> AsyncIterator[None]:
        """Warm while the context lasts, or until everything is."""
        tasks = [
            asyncio.create_task(self._warm(repositories[label]))
            for label in self.missing
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _warm(self, repository: Repository) -> None:
        logger = _logger.bind(repository=repository.label)
        request = WarmRequest(list(self._wanted[repository.label]))
        while repository.label in self._missing:
            warming = Warming(repository, request)
            try:
                outcome = await warming.run()
            except UnavailableError as error:
                logger.warning("warm-start-waits", error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            except Exception as error:
                # A name that is wrong is no reason never to serve the others.
                logger.exception("warm-start-failed", error=str(error))
            else:
                if not (outcome.ok or warming.progress.is_full):
                    logger.warning("warm-start-waits", error=outcome.detail)
                    await asyncio.sleep(_AGAIN_SECONDS)
                    continue
                tell = logger.info if outcome.ok else logger.warning
                tell("warm", detail=outcome.detail, **outcome.counts)
            self._missing.discard(repository.label)

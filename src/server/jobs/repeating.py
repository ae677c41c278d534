"""Does something again and again, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from .store import StoreAwayError

_logger = structlog.get_logger("butlery.server.jobs")


@asynccontextmanager
async def repeating(
    *acts: tuple[Callable[[], Awaitable[None]], float],
) -> AsyncIterator[None]:
    """Do things, each with its period in seconds, as long as the context lasts."""
    tasks = [asyncio.create_task(_repeat(act, seconds)) for act, seconds in acts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(act: Callable[[], Awaitable[None]], seconds: float) -> None:
    is_away = False
    while True:
        try:
            await act()
            is_away = False
        except StoreAwayError as error:
            if not is_away:
                _logger.warning("jobs-away", error=str(error))
            is_away = True
        except Exception as error:  # nothing ends the work on jobs
            _logger.exception("jobs-tick-failed", error=str(error))
        await asyncio.sleep(seconds)

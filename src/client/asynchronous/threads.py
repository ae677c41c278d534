"""Threads in which files are read: some, that nobody else waits for."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..connection.blocking import stopped_by
from ..connection.limits import MOST_AT_ONCE

_T = TypeVar("_T")


class Threads:
    """Runs what blocks; what nobody waits for any more soon stops waiting, too."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Return the result of a function that runs in a thread."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(MOST_AT_ONCE, "butlery")
        stop = threading.Event()

        def work() -> _T:
            with stopped_by(stop):
                return function(*arguments)

        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, work)
        except asyncio.CancelledError:
            stop.set()
            raise

    def close(self) -> None:
        """Begin nothing more."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

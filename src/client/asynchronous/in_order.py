"""Runs functions in threads, some at a time, and yields what they return in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

from ..blocking.in_order import MOST_AHEAD, Reads
from .threads import Threads


async def in_order(threads: Threads, reads: Reads) -> AsyncGenerator[Any, None]:
    """Yield the results of functions, each of which runs in a thread."""
    waiting: deque[asyncio.Task[Any]] = deque()
    try:
        for read in reads:
            waiting.append(asyncio.create_task(threads.run(read)))
            if len(waiting) >= MOST_AHEAD:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()

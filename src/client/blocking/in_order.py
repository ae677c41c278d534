"""Runs functions that block, some at a time, and yields what they return in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..connection.limits import MOST_AT_ONCE

Reads = Iterable[Callable[[], Any]]
MOST_AHEAD = 2 * MOST_AT_ONCE
"""What nobody has taken yet is in memory."""


def in_order(reads: Reads) -> Iterator[Any]:
    """Yield the results of functions, in the order of the functions."""
    from concurrent.futures import Future, ThreadPoolExecutor

    waiting: deque[Future[Any]] = deque()
    pool = ThreadPoolExecutor(MOST_AT_ONCE, "butlery")
    try:
        for read in reads:
            waiting.append(pool.submit(read))
            if len(waiting) >= MOST_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)

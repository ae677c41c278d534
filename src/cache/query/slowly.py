"""Many things, part by part, so that others are answered in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")


async def slowly(
    items: Sequence[_T], at_once: int = 1000
) -> AsyncIterator[Sequence[_T]]:
    """Yield parts of many things, and let others do something in between."""
    for begin in range(0, len(items), at_once):
        if begin:
            await asyncio.sleep(0)
        yield items[begin : begin + at_once]

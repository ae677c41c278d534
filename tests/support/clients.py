"""Both clients in one way, so that a test is written once.

`Side.call` opens a Butler, lets a function use it, and waits for what it returns.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple
from uuid import UUID

from butlery.client import AsyncButler, Butler


class Ref(NamedTuple):
    """As much of a reference as is needed to ask for files."""

    id: UUID
    datasetType: str = "thing"  # noqa: N815 - daf_butler's name

    @property
    def run(self) -> str:
        return "run"


class Side:
    """The blocking client, or the asynchronous one."""

    def __init__(self, *, is_async: bool) -> None:
        self.is_async = is_async

    def call(self, url: str, use: Callable[[Any], Any], **options: Any) -> Any:
        if self.is_async:
            return asyncio.run(_async_call(url, use, options))
        with Butler(url, **options) as butler:
            found = use(butler)
            return list(found) if inspect.isgenerator(found) else found


async def _async_call(
    url: str, use: Callable[[Any], Any], options: dict[str, Any]
) -> Any:
    async with AsyncButler(url, **options) as butler:
        found = use(butler)
        if isinstance(found, AsyncIterator):
            return [each async for each in found]
        return await found


SIDES = {"blocking": Side(is_async=False), "asynchronous": Side(is_async=True)}

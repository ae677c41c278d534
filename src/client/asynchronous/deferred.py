"""Handles: datasets that are known to have files, and are awaited later."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..blocking.deferred import DeferredDataset
from .threads import Threads


class AsyncDeferredDataset:
    """A `DeferredDataset`, to be awaited.

    Parameters
    ----------
    deferred
        That blocks.
    threads
        Of the Butler.
    """

    def __init__(self, deferred: DeferredDataset, threads: Threads) -> None:
        self._deferred = deferred
        self._threads = threads

    async def get(
        self,
        *,
        component: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        storageClass: Any = None,
    ) -> Any:
        """Return the dataset, or a component of it, as an object."""
        get = partial(
            self._deferred.get,
            component=component,
            parameters=parameters,
            storageClass=storageClass,
        )
        return await self._threads.run(get)

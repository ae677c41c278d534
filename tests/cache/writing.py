"""Repositories that are served with a policy while Butler writes into them."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from lsst.daf.butler import Butler, DatasetRef
from lsst.daf.butler._collection_type import CollectionType

from butlery.cache import Pace, Policies, PolicyRule, Repository
from butlery.protocol.dimensions import RequestDataId
from tests.registry.opening import OwnRepository

BIAS: RequestDataId = {"instrument": "Cam1", "detector": 1}
OTHER_BIAS: RequestDataId = {"instrument": "Cam1", "detector": 2}
_T = TypeVar("_T")


async def open_with(
    stack: AsyncExitStack,
    own: OwnRepository,
    *rules: PolicyRule,
    poll_seconds: float = 0,
) -> Repository:
    """Open a repository that checks itself only when it is told to."""
    repository = Repository.from_uri(
        "repo",
        str(own.root),
        poll_seconds=poll_seconds,
        deadline_seconds=20,
        policies=Policies(rules),
        pace=Pace(share=1e-9),
    )
    stack.push_async_callback(repository.close)
    await repository.open()
    return repository


async def write(own: OwnRepository, change: Callable[[Butler], _T]) -> _T:
    """Change a repository beside the event loop, which may have to let it in."""

    def change_it() -> _T:
        with Butler.from_config(str(own.root), writeable=True) as butler:
            return change(butler)

    return await asyncio.to_thread(change_it)


def put(
    butler: Butler, run: str, data_id: RequestDataId, type_: str = "bias"
) -> DatasetRef:
    """Register a dataset without files."""
    butler.collections.register(run, CollectionType.RUN)
    (ref,) = butler.registry.insertDatasets(type_, [data_id], run=run)
    return ref


def chain(butler: Butler, name: str, *children: str) -> None:
    """Make a chain, or let it lead elsewhere."""
    butler.collections.register(name, CollectionType.CHAINED)
    butler.collections.redefine_chain(name, children)

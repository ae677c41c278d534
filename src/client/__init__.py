"""A light client: daf_butler's `Butler` for notebooks, services and laptops.

``from butlery.client import Butler`` in place of ``from lsst.daf.butler import
Butler``. Importing it loads nothing heavy: what sends requests and what reads files is
imported when it is first needed.
"""

from typing import TYPE_CHECKING, Any

from ..protocol.collections import CollectionInfo, CollectionType
from .blocking import Butler, ButlerCollections, QueryJob
from .connection.limits import Limits
from .errors import *  # noqa: F403 - one list, of which each is one of ours
from .errors import __all__ as _errors
from .files import Downloaded, Failed, Progress
from .model import (
    DataCoordinate,
    DatasetExistence,
    DatasetRef,
    DatasetRefURIs,
    DatasetType,
    DimensionRecord,
    FileUri,
    Timespan,
)
from .showing.tables import show

if TYPE_CHECKING:
    from .asynchronous import AsyncButler

__all__ = [  # noqa: PLE0604 - names of errors are names
    "AsyncButler",
    "Butler",
    "ButlerCollections",
    "CollectionInfo",
    "CollectionType",
    "DataCoordinate",
    "DatasetExistence",
    "DatasetRef",
    "DatasetRefURIs",
    "DatasetType",
    "DimensionRecord",
    "Downloaded",
    "Failed",
    "FileUri",
    "Limits",
    "Progress",
    "QueryJob",
    "Timespan",
    "show",
    *_errors,
]


def __getattr__(name: str) -> Any:
    """Import `AsyncButler` when somebody wants it: asyncio comes with it."""
    if name == "AsyncButler":
        from .asynchronous import AsyncButler

        return AsyncButler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

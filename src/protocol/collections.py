"""Collections: their kinds, and the requests that describe them."""

from enum import IntEnum

import msgspec

from .datasets import DatasetType
from .limits import Names
from .scalars import DataIdValue


class CollectionType(IntEnum):
    """The four kinds of collection, numbered as in the database."""

    RUN = 1
    TAGGED = 2
    CHAINED = 3
    CALIBRATION = 4


class CollectionInfo(msgspec.Struct, frozen=True, gc=False):
    """One collection; ``parents`` and ``dataset_types`` are null if not asked for.

    There may be 100,000 in one answer: tuples that stand elsewhere anyway, and nothing
    that the garbage collector has to look at.
    """

    name: str
    type: CollectionType
    doc: str = ""
    children: tuple[str, ...] = ()
    parents: tuple[str, ...] | None = None
    dataset_types: tuple[str, ...] | None = None


class QueryCollectionInfoRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/query_collection_info``; every field is required."""

    expression: Names
    collection_types: list[CollectionType]
    flatten_chains: bool
    include_chains: bool
    include_parents: bool
    include_summary: bool
    include_doc: bool
    summary_datasets: Names | None


class QueryCollectionInfoResponse(msgspec.Struct, frozen=True):
    """Answer of ``POST v1/query_collection_info``."""

    collections: list[CollectionInfo]


class CollectionSummary(msgspec.Struct, frozen=True):
    """What a collection (for a chain: its members together) may contain."""

    dataset_types: list[DatasetType]
    governors: dict[str, list[DataIdValue]]


class CollectionSummaryResponse(msgspec.Struct, frozen=True):
    """Answer of ``GET v1/collection_summary``."""

    summary: CollectionSummary


class LegacyCollectionInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Answer of ``GET v1/collection_info``, for old clients.

    ``doc`` and ``parents`` are left out unless asked for; ``doc`` may then be null.
    """

    name: str
    type: CollectionType
    children: list[str]
    doc: str | msgspec.UnsetType | None = msgspec.UNSET
    parents: list[str] | msgspec.UnsetType = msgspec.UNSET


class QueryCollectionsRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/query_collections``, for old clients."""

    search: Names
    collection_types: list[CollectionType]
    flatten_chains: bool
    include_chains: bool


class QueryCollectionsResponse(msgspec.Struct, frozen=True):
    """Answer of ``POST v1/query_collections``."""

    collections: list[str]

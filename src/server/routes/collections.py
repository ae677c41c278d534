"""Collections: what they are, what they hold, and how they are chained."""

from collections.abc import Collection as SetOfNames

from litestar import get, post
from litestar.di import NamedDependency
from msgspec import UNSET

from ...cache import Collection, Snapshot, Trail
from ...cache.enough import for_collections
from ...protocol.collections import (
    CollectionInfo,
    CollectionSummary,
    CollectionSummaryResponse,
    LegacyCollectionInfo,
    QueryCollectionInfoRequest,
    QueryCollectionInfoResponse,
    QueryCollectionsRequest,
    QueryCollectionsResponse,
)
from ..described import operation_with
from ..requests import AnyRequest, JsonBody, query_flag, query_text
from ..served import Served

_QUERY_INFO = JsonBody(QueryCollectionInfoRequest)
_QUERY = JsonBody(QueryCollectionsRequest)


@post(
    "/query_collection_info",
    status_code=200,
    summary="Collections by name or glob",
    operation_class=operation_with(QueryCollectionInfoRequest),
)
async def query_collection_info(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> QueryCollectionInfoResponse:
    """Return what is asked for about every collection that the expression lists."""
    body = await _QUERY_INFO.read(request)
    # Any chain may become a parent.
    is_enough = None if body.include_parents else for_collections(body.expression)
    snapshot = await served.lookups.snapshot(trail, is_enough=is_enough)
    listed = snapshot.collections.query(
        body.expression,
        types=body.collection_types,
        flatten_chains=body.flatten_chains,
        include_chains=body.include_chains,
    )
    return QueryCollectionInfoResponse([_info(snapshot, c, body) for c in listed])


def _info(
    snapshot: Snapshot, collection: Collection, body: QueryCollectionInfoRequest
) -> CollectionInfo:
    parents = snapshot.collections.parents.get(collection.name, ())
    return CollectionInfo(
        name=collection.name,
        type=collection.type,
        doc=(collection.doc or "") if body.include_doc else "",
        children=collection.children,
        parents=tuple(parents) if body.include_parents else None,
        dataset_types=_type_names(snapshot, collection, body.summary_datasets)
        if body.include_summary
        else None,
    )


def _type_names(
    snapshot: Snapshot, collection: Collection, wanted: SetOfNames[str] | None
) -> tuple[str, ...]:
    names = snapshot.dataset_type_names(collection)
    if wanted is None:
        return names
    return tuple(name for name in names if name in wanted)


@get("/collection_summary", summary="What a collection may contain")
async def get_collection_summary(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> CollectionSummaryResponse:
    """Return dataset types and governor values; for a chain, of all its members."""
    name = query_text(request, "name")
    is_enough = for_collections([name])
    snapshot = await served.lookups.snapshot(trail, is_enough=is_enough)
    collection = snapshot.collections.get(name)
    summary = snapshot.summary(collection)
    types = snapshot.dataset_types.named(summary.dataset_type_ids)
    governors = {name: list(of) for name, of in summary.governors.items() if of}
    return CollectionSummaryResponse(
        CollectionSummary([type_.wire for type_ in types], governors)
    )


@get("/collection_info", summary="One collection, for old clients")
async def get_collection_info(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> LegacyCollectionInfo:
    """Return one collection; what was not asked for is left out."""
    snapshot = await served.lookups.snapshot(trail)
    collection = snapshot.collections.get(query_text(request, "name"))
    parents = snapshot.collections.parents.get(collection.name, ())
    return LegacyCollectionInfo(
        name=collection.name,
        type=collection.type,
        children=list(collection.children),
        doc=(collection.doc or None) if query_flag(request, "include_doc") else UNSET,
        parents=list(parents) if query_flag(request, "include_parents") else UNSET,
    )


@post(
    "/query_collections",
    status_code=200,
    summary="Names only, for old clients",
    operation_class=operation_with(QueryCollectionsRequest),
)
async def query_collections(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> QueryCollectionsResponse:
    """Return the names that the expression lists."""
    body = await _QUERY.read(request)
    snapshot = await served.lookups.snapshot(trail)
    listed = snapshot.collections.query(
        body.search,
        types=body.collection_types,
        flatten_chains=body.flatten_chains,
        include_chains=body.include_chains,
    )
    return QueryCollectionsResponse([collection.name for collection in listed])


HANDLERS = (
    query_collection_info,
    get_collection_summary,
    get_collection_info,
    query_collections,
)

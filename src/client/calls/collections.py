"""Asks what collections there are, and what is in them."""

from collections.abc import Iterable
from typing import Any

from ...protocol.collections import (
    CollectionInfo,
    CollectionSummary,
    CollectionSummaryResponse,
    CollectionType,
    QueryCollectionInfoRequest,
    QueryCollectionInfoResponse,
)
from ..connection.messages import Call
from ..errors import MissingCollectionError
from ..model import name_of
from .arguments import names_of
from .repository import Repository


def query_info(
    repository: Repository,
    expression: Any,
    *,
    types: Any = None,
    flatten_chains: bool = False,
    include_chains: bool | None = None,
    include_parents: bool = False,
    include_summary: bool = False,
    include_doc: bool = False,
    summary_datasets: Iterable[Any] | None = None,
) -> Call[list[CollectionInfo]]:
    """Return what is known of the collections that fit names and globs."""
    body = QueryCollectionInfoRequest(
        expression=names_of(expression),
        collection_types=types_of(types),
        flatten_chains=flatten_chains,
        include_chains=not flatten_chains if include_chains is None else include_chains,
        include_parents=include_parents,
        include_summary=include_summary,
        include_doc=include_doc,
        summary_datasets=(
            None
            if summary_datasets is None
            else [name_of(each) for each in summary_datasets]
        ),
    )
    answer = yield from repository.session.post(
        "query_collection_info", body, QueryCollectionInfoResponse
    )
    return answer.collections


def get_info(
    repository: Repository, name: str, *, include_parents: bool, include_summary: bool
) -> Call[CollectionInfo]:
    """Return what is known of one collection."""
    found = yield from query_info(
        repository,
        name,
        include_parents=include_parents,
        include_summary=include_summary,
        include_doc=True,
    )
    if len(found) != 1:
        raise MissingCollectionError(
            f"{name!r} is not the name of one collection; it fits {len(found)}: use "
            "query_info for globs"
        )
    return found[0]


def get_summary(repository: Repository, name: str) -> Call[CollectionSummary]:
    """Return which dataset types and governor values a collection may have."""
    answer = yield from repository.session.get(
        "collection_summary", CollectionSummaryResponse, name=name
    )
    return answer.summary


def types_of(given: Any) -> list[CollectionType]:
    """Return kinds of collection, from one, some, or their names; all for `None`."""
    if given is None:
        return list(CollectionType)
    if isinstance(given, str | int) or hasattr(given, "name"):
        given = [given]
    return [_type_of(each) for each in given]


def _type_of(given: Any) -> CollectionType:
    name = given if isinstance(given, str) else getattr(given, "name", None)
    return CollectionType(given) if name is None else CollectionType[name]

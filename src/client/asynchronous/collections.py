"""What a Butler knows of collections, for the asynchronous client."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...protocol.collections import CollectionInfo, CollectionSummary
from ..blocking.collections import Types
from ..calls import collections as calls
from ..calls.arguments import names_of
from ..calls.repository import Repository

if TYPE_CHECKING:
    from ..showing.trees import CollectionTree


class AsyncButlerCollections:
    """Asks about collections: the methods of `ButlerCollections`, to be awaited.

    Parameters
    ----------
    repository
        Of the Butler.
    run
        Runs a call to its end.
    """

    def __init__(
        self, repository: Repository, run: Callable[[Any], Awaitable[Any]]
    ) -> None:
        self._repository = repository
        self._run = run

    @property
    def defaults(self) -> Sequence[str]:
        """Collections that are searched if a call names none."""
        return self._repository.defaults.collections

    async def query(
        self,
        expression: str | Iterable[str],
        collection_types: Types = None,
        flatten_chains: bool = False,
        include_chains: bool | None = None,
    ) -> Sequence[str]:
        """Return the names of collections that fit names and globs."""
        found = await self.query_info(
            expression, collection_types, flatten_chains, include_chains
        )
        return [each.name for each in found]

    async def query_info(
        self,
        expression: str | Iterable[str],
        collection_types: Types = None,
        flatten_chains: bool = False,
        include_chains: bool | None = None,
        include_parents: bool = False,
        include_summary: bool = False,
        include_doc: bool = False,
        summary_datasets: Iterable[Any] | None = None,
    ) -> Sequence[CollectionInfo]:
        """Return what is known of collections that fit names and globs."""
        found: Sequence[CollectionInfo] = await self._run(
            calls.query_info(
                self._repository,
                expression,
                types=collection_types,
                flatten_chains=flatten_chains,
                include_chains=include_chains,
                include_parents=include_parents,
                include_summary=include_summary,
                include_doc=include_doc,
                summary_datasets=summary_datasets,
            )
        )
        return found

    async def get_info(
        self,
        name: str,
        include_parents: bool = False,
        include_summary: bool = False,
    ) -> CollectionInfo:
        """Return what is known of one collection."""
        found: CollectionInfo = await self._run(
            calls.get_info(
                self._repository,
                name,
                include_parents=include_parents,
                include_summary=include_summary,
            )
        )
        return found

    async def get_summary(self, name: str) -> CollectionSummary:
        """Return which dataset types and governor values a collection may have."""
        found: CollectionSummary = await self._run(
            calls.get_summary(self._repository, name)
        )
        return found

    async def tree(
        self, expression: str | Iterable[str] = "*", depth: int | None = None
    ) -> "CollectionTree":
        """Return collections and what they are made of, as a tree to look at."""
        from ..showing.trees import grow

        names = names_of(expression)
        found = await self.query_info(names, flatten_chains=True, include_chains=True)
        return grow(found, names, depth)

"""What a Butler knows of collections, for the blocking client."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...protocol.collections import CollectionInfo, CollectionSummary, CollectionType
from ..calls import collections as calls
from ..calls.arguments import names_of
from ..calls.repository import Repository

if TYPE_CHECKING:
    from ..showing.trees import CollectionTree

Types = CollectionType | str | Iterable[CollectionType | str] | None


class ButlerCollections:
    """Asks about collections; `Butler.collections` makes it.

    Parameters
    ----------
    repository
        Of the Butler.
    run
        Runs a call to its end.
    """

    def __init__(self, repository: Repository, run: Callable[[Any], Any]) -> None:
        self._repository = repository
        self._run = run

    @property
    def defaults(self) -> Sequence[str]:
        """Collections that are searched if a call names none."""
        return self._repository.defaults.collections

    def query(
        self,
        expression: str | Iterable[str],
        collection_types: Types = None,
        flatten_chains: bool = False,
        include_chains: bool | None = None,
    ) -> Sequence[str]:
        """Return the names of collections that fit names and globs.

        Parameters
        ----------
        expression
            Names and globs.
        collection_types
            That are listed; all if `None`.
        flatten_chains
            Whether the members of chains are listed.
        include_chains
            Whether chains themselves are; if `None`, when they are not flattened.

        Raises
        ------
        MissingCollectionError
            If a name does not exist.
        """
        found = self.query_info(
            expression, collection_types, flatten_chains, include_chains
        )
        return [each.name for each in found]

    def query_info(
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
        """Return what is known of collections that fit names and globs.

        Parameters are those of `query`, and

        Parameters
        ----------
        include_parents
            Whether to tell of which chains they are members.
        include_summary
            Whether to tell which dataset types they may have.
        include_doc
            Whether to tell what their makers say of them.
        summary_datasets
            The dataset types that are told of.
        """
        found: Sequence[CollectionInfo] = self._run(
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

    def get_info(
        self,
        name: str,
        include_parents: bool = False,
        include_summary: bool = False,
    ) -> CollectionInfo:
        """Return what is known of one collection.

        Raises
        ------
        MissingCollectionError
            If it does not exist.
        """
        found: CollectionInfo = self._run(
            calls.get_info(
                self._repository,
                name,
                include_parents=include_parents,
                include_summary=include_summary,
            )
        )
        return found

    def get_summary(self, name: str) -> CollectionSummary:
        """Return which dataset types and governor values a collection may have."""
        found: CollectionSummary = self._run(calls.get_summary(self._repository, name))
        return found

    def tree(
        self, expression: str | Iterable[str] = "*", depth: int | None = None
    ) -> "CollectionTree":
        """Return collections and what they are made of, as a tree to look at.

        Parameters
        ----------
        expression
            Names and globs; only those that no other has as a member are roots, and
            all that are named.
        depth
            Most levels below a root.

        Raises
        ------
        MissingCollectionError
            If a name does not exist.
        """
        from ..showing.trees import grow

        names = names_of(expression)
        found = self.query_info(names, flatten_chains=True, include_chains=True)
        return grow(found, names, depth)

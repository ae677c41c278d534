"""All collections of a repository: names, kinds, chains and docs.

Immutable: a new catalogue is made from new rows. Every method answers from memory.
Order rules come from the protocol: explicit names in the order of the request,
globs in the order of creation with chains last.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...protocol.collections import CollectionType
from ...protocol.errors import MissingCollectionError
from ...protocol.globs import NameExpression


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """One collection; ``children`` are those of a chain, in order."""

    key: Any
    name: str
    type: CollectionType
    doc: str | None
    children: tuple[str, ...] = field(default=())

    @property
    def is_chain(self) -> bool:
        """Whether it is CHAINED."""
        return self.type is CollectionType.CHAINED


class Catalog(ABC):
    """Collections, by name and by expressions.

    Attributes
    ----------
    by_name
        In order of creation, chains last.
    sight
        Another for each selection of collections; `None`: these are all.
    """

    by_name: Mapping[str, Collection]
    sight: Hashable

    @property
    @abstractmethod
    def parents(self) -> Mapping[str, Sequence[str]]:
        """Names of the chains that directly hold each collection."""

    @property
    @abstractmethod
    def whole(self) -> "CollectionCatalog":
        """All collections of the repository."""

    def get(self, name: str) -> Collection:
        """Return a collection by its name.

        Raises
        ------
        MissingCollectionError
            If there is none.
        """
        return self._get_all([name])[0]

    def flatten(self, names: Iterable[str]) -> Iterator[Collection]:
        """Yield collections depth-first, chains before their members, each once."""
        visited: set[str] = set()
        stack = list(names)[::-1]
        while stack:
            name = stack.pop()
            if name in visited:
                continue
            visited.add(name)
            collection = self.by_name[name]
            yield collection
            stack.extend(reversed(collection.children))

    def search_path(self, terms: Sequence[str]) -> list[Collection]:
        """Return the collections that a find-first search looks into, in order.

        Globs come first, before the explicit names, as in the stock server.

        Raises
        ------
        MissingCollectionError
            If an explicit name does not exist, even if another has the dataset.
        """
        expression = NameExpression.parse(terms)
        named = [c.name for c in self._get_all(expression.names)]
        if expression.has_globs:
            named = [*self._matching(expression.matcher()), *named]
        return [c for c in self.flatten(named) if not c.is_chain]

    def query(
        self,
        terms: Sequence[str],
        *,
        types: Iterable[CollectionType],
        flatten_chains: bool,
        include_chains: bool,
    ) -> list[Collection]:
        """Return the collections that an expression lists, each once.

        Types filter what is listed, not what is descended into. Members of a chain
        that a glob matched follow all matches and explicit names.

        Raises
        ------
        MissingCollectionError
            If an explicit name does not exist.
        """
        wanted = frozenset(types)
        expression = NameExpression.parse(terms)
        listed: dict[str, Collection] = {}

        def add(collections: Iterable[Collection]) -> None:
            for collection in collections:
                hidden = collection.is_chain and not include_chains
                if collection.type in wanted and not hidden:
                    listed.setdefault(collection.name, collection)

        matches = list(self._matching(expression.matcher()))
        if expression.has_globs:
            add(self.by_name[name] for name in matches)
        if expression.everything:
            return list(listed.values())
        named = [c.name for c in self._get_all(expression.names)]
        if flatten_chains:
            members = [m for n in matches for m in self.by_name[n].children]
            add(self.flatten([*named, *members]))
        else:
            add(self.by_name[name] for name in named)
        return list(listed.values())

    def _matching(self, matches: Callable[[str], bool]) -> Iterator[str]:
        return (name for name in self.by_name if matches(name))

    def _get_all(self, names: Sequence[str]) -> list[Collection]:
        missing = [name for name in names if name not in self.by_name]
        if len(missing) == 1:
            raise MissingCollectionError(
                f"No collection with name '{missing[0]}' found."
            )
        if missing:
            raise MissingCollectionError(
                f"No collections with names '{' '.join(missing)}' found."
            )
        return [self.by_name[name] for name in names]


class CollectionCatalog(Catalog):
    """All collections of one repository.

    Parameters
    ----------
    collections
        Rows (key, name, type, doc) in order of creation.
    chain_links
        Rows (parent key, child key), the children of a chain in order.

    Attributes
    ----------
    by_key
        The same as ``by_name``, by the keys of the database.
    """

    def __init__(
        self,
        collections: Iterable[tuple[Any, str, int, str | None]],
        chain_links: Iterable[tuple[Any, Any]],
    ) -> None:
        self.sight = None
        rows = list(collections)
        names = {key: name for key, name, _, _ in rows}
        children: dict[Any, list[str]] = {}
        for parent, child in chain_links:
            children.setdefault(parent, []).append(names[child])
        made = [
            Collection(
                key, name, CollectionType(kind), doc, tuple(children.get(key, ()))
            )
            for key, name, kind, doc in rows
        ]
        made.sort(key=lambda collection: collection.is_chain)
        self.by_name: Mapping[str, Collection] = {c.name: c for c in made}
        self.by_key: Mapping[Any, Collection] = {c.key: c for c in made}

    @cached_property
    def parents(self) -> Mapping[str, Sequence[str]]:
        """Names of the chains that directly hold each collection."""
        parents: dict[str, list[str]] = {}
        for collection in self.by_name.values():
            for child in dict.fromkeys(collection.children):
                parents.setdefault(child, []).append(collection.name)
        return {name: tuple(of) for name, of in parents.items()}

    @property
    def whole(self) -> "CollectionCatalog":
        """Itself."""
        return self

"""Snapshots and their collections as one reader sees them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge

from cachetools import LRUCache

from ...protocol.query_sight import QuerySight
from ..sight import Sight
from ..snapshot import Catalog, Collection, CollectionCatalog, Snapshot
from .zones import Zoning

_MOST_SIGHTS = 4096


class Zones:
    """All collections of a repository, zone by zone."""

    def __init__(self, whole: CollectionCatalog, zoning: Zoning) -> None:
        self.whole = whole
        self.zoning = zoning
        self._members: dict[str, list[tuple[int, str]]] | None = None

    def members(self, zone: str) -> Sequence[tuple[int, str]]:
        """Return names in a zone, each with its place among all names."""
        if self._members is None:
            self._members = {}
            for place, name in enumerate(self.whole.by_name):
                of_zone = self._members.setdefault(self.zoning.zone(name), [])
                of_zone.append((place, name))
        return self._members.get(zone, ())


class _Names(Mapping[str, Collection]):
    """The collections of some zones; chains hold only members that are among them."""

    def __init__(self, zones: Zones, seen: frozenset[str]) -> None:
        self._zones = zones
        self._seen = seen
        self._chains: dict[str, Collection] = {}

    def __contains__(self, name: object) -> bool:
        # Both are looked at in any case: it takes the same time.
        is_seen = self._zones.zoning.zone(str(name)) in self._seen
        return name in self._zones.whole.by_name and is_seen

    def __getitem__(self, name: str) -> Collection:
        if name not in self:
            raise KeyError(name)
        collection = self._zones.whole.by_name[name]
        if not collection.is_chain:
            return collection
        seen = self._chains.get(name)
        if seen is None:
            children = tuple(child for child in collection.children if child in self)
            seen = self._chains[name] = (
                collection
                if len(children) == len(collection.children)
                else replace(collection, children=children)
            )
        return seen

    def __iter__(self) -> Iterator[str]:
        return (name for _, name in merge(*map(self._zones.members, self._seen)))

    def __len__(self) -> int:
        return sum(len(self._zones.members(zone)) for zone in self._seen)


class _Parents(Mapping[str, Sequence[str]]):
    """The chains among some collections that directly hold each."""

    def __init__(self, names: _Names, whole: CollectionCatalog) -> None:
        self._names = names
        self._parents = whole.parents

    def __getitem__(self, name: str) -> Sequence[str]:
        parents = tuple(p for p in self._parents[name] if p in self._names)
        if name not in self._names or not parents:
            raise KeyError(name)
        return parents

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class VisibleCatalog(Catalog):
    """The collections that a reader sees.

    Parameters
    ----------
    zones
        All collections.
    sight
        What the reader sees.
    """

    def __init__(self, zones: Zones, sight: Sight) -> None:
        self.sight = sight
        self._whole = zones.whole
        self._names = _Names(zones, sight.zones)
        self.by_name = self._names

    @property
    def parents(self) -> Mapping[str, Sequence[str]]:
        """Names of the visible chains that directly hold each collection."""
        return _Parents(self._names, self._whole)

    @property
    def whole(self) -> CollectionCatalog:
        """All collections of the repository."""
        return self._whole


class Visibility:
    """Snapshots of one repository, as readers see them.

    Parameters
    ----------
    zoning
        Says in which zone a collection lies.
    """

    def __init__(self, zoning: Zoning | None = None) -> None:
        self._zoning = zoning or Zoning()
        self._zones: Zones | None = None
        self._catalogs: LRUCache[Sight, VisibleCatalog] = LRUCache(_MOST_SIGHTS)
        self._newest: Snapshot | None = None
        self._snapshots: LRUCache[Sight, Snapshot] = LRUCache(_MOST_SIGHTS)

    def query_sight(self, sight: Sight | None) -> QuerySight | None:
        """Return a sight in a form that needs no rules, for general queries."""
        if sight is None:
            return None
        return QuerySight(tuple(self._zoning.terms(sight.zones)), sight.embargoes)

    def seen(self, snapshot: Snapshot, sight: Sight | None) -> Snapshot:
        """Return a snapshot without the collections that a reader does not see.

        Of the newest snapshot it is the same object as long as readers come back.
        """
        if sight is None:
            return snapshot
        if self._newest is None or snapshot.version > self._newest.version:
            self._newest = snapshot
            self._snapshots.clear()
        if snapshot is not self._newest:
            return replace(snapshot, collections=self._catalog(snapshot, sight))
        seen = self._snapshots.get(sight)
        if seen is None:
            seen = replace(snapshot, collections=self._catalog(snapshot, sight))
            self._snapshots[sight] = seen
        return seen

    def _catalog(self, snapshot: Snapshot, sight: Sight) -> VisibleCatalog:
        whole = snapshot.collections.whole
        if self._zones is None or self._zones.whole is not whole:
            self._zones = Zones(whole, self._zoning)
            self._catalogs.clear()
        catalog = self._catalogs.get(sight)
        if catalog is None:
            catalog = self._catalogs[sight] = VisibleCatalog(self._zones, sight)
        return catalog

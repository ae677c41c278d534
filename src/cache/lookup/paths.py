"""Search paths: which collections a search really looks into, in runs of one policy.

A path is worked out once for each (names, dataset type, governor values) and kept as
long as the definitions that it was made from.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cachetools import LRUCache

from ...protocol.collections import CollectionType
from ..answers import Dependency, collection
from ..policies import Policies, Policy
from ..snapshot import Collection, Snapshot
from .search import DatasetSearch

_MOST_MEMBERS = 500_000


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbours on a search path whose answers are kept in the same way.

    Parameters
    ----------
    keys
        Collections in search order.
    tags, calibs
        The same, CALIBRATION collections apart.
    dependencies
        On what each of ``keys`` holds, in the same order.
    """

    policy: Policy
    keys: tuple[Any, ...]
    tags: tuple[Any, ...]
    calibs: tuple[Any, ...]
    dependencies: tuple[Dependency, ...]

    def after(self, key: object) -> "Segment | None":
        """Return what stands behind a collection; `None`: it is the last."""
        begin = self.keys.index(key) + 1
        if begin == len(self.keys):
            return None
        keys = self.keys[begin:]
        return Segment(
            self.policy,
            keys,
            tuple(each for each in self.tags if each in keys),
            tuple(each for each in self.calibs if each in keys),
            self.dependencies[begin:],
        )


@dataclass(frozen=True, slots=True)
class SearchPath:
    """Where one search looks.

    Parameters
    ----------
    segments
        In search order; none: nothing can be found.
    is_permanent
        Whether not only the collections but the way to them is permanent: no glob, no
        chain that may change.
    """

    segments: tuple[Segment, ...]
    is_permanent: bool


class SearchPaths:
    """Remembers search paths.

    Parameters
    ----------
    policies
        Of the repository's collections.
    """

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self._made_from: tuple[object, ...] = ()
        self._paths: LRUCache[Hashable, SearchPath] = LRUCache(
            _MOST_MEMBERS,
            getsizeof=lambda path: 4 + sum(len(s.keys) for s in path.segments),
        )

    def adopt(self, policies: Policies) -> None:
        """Use other policies from now on."""
        self.policies = policies
        self._paths.clear()

    def find(self, snapshot: Snapshot, search: DatasetSearch) -> SearchPath:
        """Return where a search looks.

        Raises
        ------
        MissingCollectionError
            If an explicit collection name does not exist.
        """
        made_from = (
            snapshot.collections.whole,
            snapshot.summaries,
            snapshot.dataset_types,
        )
        if self._made_from != made_from:
            self._made_from = made_from
            self._paths.clear()
        governors = search.dataset_type.group.governors
        key = (
            snapshot.collections.sight,
            tuple(search.collections),
            search.dataset_type.id,
            tuple(search.values[name] for name in governors),
            search.with_ranges,
            search.embargoes,
        )
        path = self._paths.get(key)
        if path is None:
            members = snapshot.collections.search_path(search.collections)
            holding = (c for c in members if self._may_hold(snapshot, search, c))
            path = SearchPath(
                tuple(self._segments(holding)),
                self._is_permanent(snapshot, search.collections),
            )
            self._remember(key, path)
        return path

    def _remember(self, key: Hashable, path: SearchPath) -> None:
        try:
            self._paths[key] = path
        except ValueError:
            return  # longer than all that may be remembered

    @staticmethod
    def _may_hold(
        snapshot: Snapshot, search: DatasetSearch, collection: Collection
    ) -> bool:
        if collection.type is CollectionType.CALIBRATION and not search.with_ranges:
            return False
        if collection.type is CollectionType.RUN and any(
            embargo.covers_run(collection.name) for embargo in search.embargoes
        ):
            return False
        type_ = search.dataset_type
        return snapshot.summaries.may_hold(
            collection, type_.id, type_.group, search.values
        )

    def _segments(self, members: Iterator[Collection]) -> Iterator[Segment]:
        by_policy = groupby(members, lambda c: self.policies.of_collection(c.name))
        for policy, group in by_policy:
            found = list(group)
            calibs = [c.key for c in found if c.type is CollectionType.CALIBRATION]
            keys = tuple(c.key for c in found)
            yield Segment(
                policy=policy,
                keys=keys,
                tags=tuple(key for key in keys if key not in calibs),
                calibs=tuple(calibs),
                dependencies=tuple(collection(key) for key in keys),
            )

    def _is_permanent(self, snapshot: Snapshot, terms: Sequence[str]) -> bool:
        if not self.policies.has_permanent:
            return False
        by_name = snapshot.collections.by_name
        return all(term in by_name for term in terms) and all(
            self.policies.of_collection(c.name) is Policy.PERMANENT
            for c in snapshot.collections.flatten(terms)
        )

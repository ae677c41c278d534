"""Whole answers of lookups, kept as long as everything that they were made from.

A lookup notes on its trail what it used: definitions, policies, release index, and
kept answers with the terms on which those are kept. The whole is true exactly as long
as all of these are, and is looked at in the same way: terms against generations, and
only while the lease lasts. So it adds no rule of its own about staleness.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache

from .answers import Generations
from .basis import Basis
from .follower import SnapshotKeeper
from .lookup.mount import IndexMount
from .lookup.paths import SearchPaths

_OWN_BYTES = 600  # of an entry, without key and value


@dataclass(slots=True)
class _Whole:
    value: Any
    basis: Basis
    since: int
    size: int


class WholeAnswers:
    """Answers of one repository, by whatever asked for them.

    Parameters
    ----------
    keeper, paths, mount
        What answers are made from.
    limit_bytes
        How much is kept; what was used least recently goes first.

    Attributes
    ----------
    hits
        How often one was found.
    """

    def __init__(
        self,
        keeper: SnapshotKeeper,
        paths: SearchPaths,
        mount: IndexMount,
        limit_bytes: int,
    ) -> None:
        self.hits = 0
        self._keeper = keeper
        self._generations: Generations = keeper.generations
        self._paths = paths
        self._mount = mount
        self._kept: LRUCache[Hashable, _Whole] = LRUCache(
            limit_bytes, getsizeof=lambda whole: whole.size
        )

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size_bytes(self) -> int:
        """Estimated size of everything kept."""
        return int(self._kept.currsize)

    def find(self, key: Hashable) -> Any:
        """Return a kept answer that is still true, or `None`."""
        whole = self._kept.get(key)
        if whole is None or not self._keeper.holds_lease:
            return None
        if not self._holds(whole):
            del self._kept[key]
            return None
        self.hits += 1
        return whole.value

    def keep(self, key: Hashable, value: Any, size: int, basis: Basis | None) -> None:
        """Keep an answer, if all that it was made from is kept as well.

        Parameters
        ----------
        size
            Of key and value in bytes.
        """
        if basis is None or not basis.is_complete:
            return
        whole = _Whole(value, basis, basis.since, size + _OWN_BYTES)
        if whole.size <= self._kept.maxsize and self._holds(whole):
            self._kept[key] = whole

    def _holds(self, whole: _Whole) -> bool:
        basis = whole.basis
        if (
            basis.definitions is not self._keeper.snapshot.definitions
            or basis.policies is not self._paths.policies
            or basis.mounted is not self._mount.state
        ):
            return False
        generations = self._generations
        if whole.since != generations.now:
            for terms in basis.terms:
                dependencies = terms.dependencies
                if not (
                    generations.unmoved(
                        dependencies, whole.since, permanent=terms.permanent
                    )
                    and generations.vouched(dependencies, whole.since)
                ):
                    return False
            whole.since = generations.now
        return True

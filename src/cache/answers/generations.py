"""When each thing that answers depend on last moved.

Time here is a counter that grows with every move. An answer whose read began at
``now`` is true as long as none of its dependencies has moved since: that is asked
before it is stored, before it is shared and before it is served.
"""

from collections import Counter
from collections.abc import Hashable, Iterable

Dependency = tuple[str, Hashable]
"""Kind and key, as made by the functions below."""

_MOST_REMEMBERED = 100_000


def collection(key: Hashable) -> Dependency:
    """Return the dependency on what a collection holds, and on the files of a RUN."""
    return ("collection", key)


def old_records(element: str) -> Dependency:
    """Return the dependency on records that exist."""
    return ("old-records", element)


def new_records(element: str) -> Dependency:
    """Return the dependency on there being no further records."""
    return ("new-records", element)


def definition(kind: str, name: Hashable) -> Dependency:
    """Return the dependency on a dataset type or dimension itself.

    It moves when an operator says so, or what has its key becomes another.
    """
    return (kind, name)


NEW_DATASETS: Dependency = ("new-datasets", None)
"""The dependency of an unknown UUID: any RUN may gain it."""


class Generations:
    """Moves of one repository.

    Attributes
    ----------
    now
        Number of moves so far.
    drops
        How often all was dropped, by reason.
    """

    def __init__(self) -> None:
        self.now = 0
        self.drops: Counter[str] = Counter()
        self._moved_at: dict[Dependency, int] = {}
        self._doubted_at: dict[Dependency, int] = {}
        self._dynamic_moved_at = 0
        self._permanent_moved_at = 0

    def move(self, dependencies: Iterable[Dependency]) -> None:
        """Note that these have changed."""
        moved = dict.fromkeys(dependencies)
        if not moved:
            return
        if len(self._moved_at) + len(moved) > _MOST_REMEMBERED:
            self.move_all("too-many-names", permanent=True)
            return
        self.now += 1
        self._moved_at.update(dict.fromkeys(moved, self.now))

    def move_all(self, reason: str, *, permanent: bool = False) -> None:
        """Note that anything may have changed; what is permanent only if told so."""
        self.now += 1
        self.drops[reason] += 1
        self._dynamic_moved_at = self.now
        if permanent:
            self._permanent_moved_at = self.now
            self._moved_at.clear()

    def doubt(self, dependencies: Iterable[Dependency]) -> None:
        """Note that nobody knows whether these have changed before now."""
        self.now += 1
        self._doubted_at.update(dict.fromkeys(dependencies, self.now))

    def vouched(self, dependencies: Iterable[Dependency], since: int) -> bool:
        """Tell whether none of these has been doubted after ``since``."""
        doubted_at = self._doubted_at
        if not doubted_at or since == self.now:
            return True
        return all(doubted_at.get(d, 0) <= since for d in dependencies)

    def unmoved(
        self, dependencies: Iterable[Dependency], since: int, *, permanent: bool = False
    ) -> bool:
        """Tell whether none of these has moved after ``since``."""
        if since == self.now:
            return True
        floor = self._permanent_moved_at if permanent else self._dynamic_moved_at
        if since < floor:
            return False
        moved_at = self._moved_at
        return all(moved_at.get(d, 0) <= since for d in dependencies)

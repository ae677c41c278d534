"""Takes the mark of permanence from what has changed after all.

What is unmarked is followed like everything dynamic, and nothing that was kept of it
is served again. That holds over restarts, until an operator says that it is permanent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from ...registry import RepositoryError
from ..answers import Dependency, collection, definition, new_records, old_records
from ..follower import SnapshotKeeper
from ..index import ReleaseIndex
from ..lookup.mount import IndexMount
from ..lookup.paths import SearchPaths
from ..lookup.standing import EVERYTHING
from ..policies import Policies, Policy, Thing
from .remembered import RememberedThings

_logger = structlog.get_logger("butlery.cache")


_SLACK = timedelta(seconds=60)  # between the clocks of builder and server


class Permanence:
    """Marks of one repository.

    Parameters
    ----------
    keeper
        Knows what is there now.
    paths
        Where the policies are used.
    mount
        An index of what was permanent when it was built.
    """

    def __init__(
        self, keeper: SnapshotKeeper, paths: SearchPaths, mount: IndexMount
    ) -> None:
        self._file = RememberedThings(None)
        self._overruled = RememberedThings(None)
        self._overruled_at: dict[Thing, datetime] = {}
        self._keeper = keeper
        self._paths = paths
        self._mount = mount

    @property
    def policies(self) -> Policies:
        """How long answers are kept."""
        return self._paths.policies

    def load(self, unmarked: RememberedThings, overruled: RememberedThings) -> None:
        """Take the marks from what has lost them before.

        Parameters
        ----------
        unmarked, overruled
            What is no longer permanent; what no older index may tell.

        Raises
        ------
        RepositoryError
            If a file cannot be read.
        """
        self._file, self._overruled = unmarked, overruled
        self._overruled_at.clear()
        self.reload()

    @property
    def index(self) -> ReleaseIndex | None:
        """The index in use."""
        return self._mount.index

    def is_overruled(self, thing: Thing) -> bool:
        """Tell whether nothing about a thing is taken from the index."""
        return not self._mount.overruled.isdisjoint((thing, EVERYTHING))

    def mount(self, index: ReleaseIndex | None) -> None:
        """Use another index, as far as it has not been overruled since it was read.

        Raises
        ------
        RepositoryError
            If what is remembered cannot be read.
        """
        self._recall()
        found = () if index is None else self._overruled_since(index)
        self._mount.mount(index, found)

    def overrule(self, things: Iterable[Thing] | None, reason: str) -> None:
        """Take no answers about these from any index of before now; `None`: none."""
        found = (EVERYTHING,) if things is None else tuple(things)
        self._overruled_at |= dict.fromkeys(found, datetime.now(UTC))
        self._mount.overrule(found)
        try:
            self._overruled.renew(dict.fromkeys(found, reason))
        except (OSError, RepositoryError) as error:
            _logger.exception("overruling-not-remembered", error=str(error))

    def _recall(self) -> None:
        for thing, why in self._overruled.read().items():
            known = self._overruled_at.get(thing)
            if known is None or known < why.at:
                self._overruled_at[thing] = why.at

    def _overruled_since(self, index: ReleaseIndex) -> set[Thing]:
        since = index.manifest.read_at - _SLACK
        return {thing for thing, at in self._overruled_at.items() if at >= since}

    def reload(self) -> None:
        """Learn what other processes of this host have found.

        Raises
        ------
        RepositoryError
            If a file cannot be read.
        """
        self._recall()
        if self._mount.index is not None:
            overruled = self._overruled_since(self._mount.index)
            if overruled - self._mount.overruled:
                self._mount.overrule(overruled)
        found = self._file.read().keys() - self.policies.unmarked
        if found:
            self._adopt(self.policies.unmarked | found)
            self.forget(found)

    def is_permanent(self, thing: Thing) -> bool:
        """Tell whether something is kept for ever."""
        return self.policies.of(thing) is Policy.PERMANENT

    def unmark(self, things: Iterable[Thing], reason: str) -> None:
        """Take the mark from those that have it, and drop whatever is kept of them."""
        found = {thing: reason for thing in things if self.is_permanent(thing)}
        if not found:
            return
        for kind, name in found:
            _logger.error("permanent-changed", kind=kind, name=name, reason=reason)
        self._adopt(self.policies.unmarked | set(found))
        self.forget(found)
        try:
            self._file.add(found)
        except (OSError, RepositoryError) as error:
            _logger.exception("unmarking-not-remembered", error=str(error))

    def doubt(self, things: Iterable[Thing]) -> None:
        """Have whatever is kept of these read again, as soon as that is possible."""
        self._keeper.generations.doubt(
            [d for thing in things for d in self._dependencies(thing)]
        )

    def forget(self, things: Iterable[Thing]) -> None:
        """Drop whatever is kept of these; they stay as they are marked."""
        things = list(things)
        self.overrule(things, "forgotten")
        if self._keeper.is_open:  # before that nothing is kept
            self._keeper.generations.move(
                [d for thing in things for d in self._dependencies(thing)]
            )

    def mark(self, things: Iterable[Thing]) -> None:
        """Give the mark back to those that have lost it, as an operator asks.

        Raises
        ------
        OSError
            If that cannot be remembered.
        """
        found = self.policies.unmarked & set(things)
        self._file.forget(set(found))
        self.forget(found)
        self._adopt(self.policies.unmarked - found)

    def note_change(self, keys: Iterable[Any], elements: Iterable[str]) -> None:
        """Unmark the permanent among what a watcher has named."""
        if not self.policies.has_permanent:
            return
        by_key = self._keeper.snapshot.collections.whole.by_key
        names = [by_key[key].name for key in keys if key in by_key]
        things: list[Thing] = [("collection", name) for name in names]
        things += [("dimension", name) for name in elements]
        self.unmark(things, "a watcher named it")

    def _adopt(self, unmarked: frozenset[Thing]) -> None:
        self._paths.adopt(replace(self.policies, unmarked=unmarked))

    def _dependencies(self, thing: Thing) -> Iterator[Dependency]:
        """Yield on what answers about something depend."""
        kind, name = thing
        snapshot = self._keeper.snapshot
        if kind == "collection":
            found = snapshot.collections.by_name.get(name)
            if found is not None:
                yield collection(found.key)
        elif kind == "dataset type":
            type_ = snapshot.dataset_types.by_name.get(name)
            if type_ is not None:
                yield definition("dataset-type", type_.id)
        else:
            yield definition("dimension", name)
            yield old_records(name)
            yield new_records(name)

"""Takes the mark of permanence from what has changed after all.

What is unmarked is followed like everything dynamic, and nothing that was kept of it
is served again. That holds over restarts, until an operator says that it is permanent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
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
        self._keeper = keeper
        self._paths = paths
        self._mount = mount

    @property
    def policies(self) -> Policies:
        """How long answers are kept."""
        return self._paths.policies

    def load(self, file: RememberedThings) -> None:
        """Take the marks from what has lost them before.

        Raises
        ------
        RepositoryError
            If the file cannot be read.
        """
        self._file = file
        self.reload()

    @property
    def index(self) -> ReleaseIndex | None:
        """The index in use."""
        return self._mount.index

    def mount(self, index: ReleaseIndex | None, overruled: RememberedThings) -> None:
        """Use another index, as far as it has not been overruled.

        Parameters
        ----------
        overruled
            What is remembered of this very index.

        Raises
        ------
        RepositoryError
            If the file cannot be read.
        """
        known = overruled.read()
        self._overruled = overruled
        self._mount.mount(index, known)

    def overrule(self, things: Iterable[Thing] | None, reason: str) -> None:
        """Take no answers about these from the index of now any more; `None`: none."""
        if self._mount.index is None:
            return
        found = (EVERYTHING,) if things is None else tuple(things)
        self._mount.overrule(found)
        try:
            self._overruled.add(dict.fromkeys(found, reason))
        except (OSError, RepositoryError) as error:
            _logger.exception("overruling-not-remembered", error=str(error))

    def reload(self) -> None:
        """Learn what other processes of this host have found.

        Raises
        ------
        RepositoryError
            If the file cannot be read.
        """
        if overruled := self._overruled.read().keys() - self._mount.overruled:
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
        by_key = self._keeper.snapshot.collections.by_key
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

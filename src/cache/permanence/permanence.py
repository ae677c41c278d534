"""Takes the mark of permanence from what has changed after all.

What is unmarked is followed like everything dynamic, and nothing that was kept of it
is served again. That holds over restarts, until an operator says that it is permanent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import structlog

from ...registry import RepositoryError
from ..answers import Dependency, collection, definition, new_records, old_records
from ..follower import SnapshotKeeper
from ..lookup.paths import SearchPaths
from ..policies import Policies, Policy, Thing
from .unmarked import UnmarkedFile

_logger = structlog.get_logger("butlery.cache")


class Permanence:
    """Marks of one repository.

    Parameters
    ----------
    keeper
        Knows what is there now.
    paths
        Where the policies are used.
    """

    def __init__(self, keeper: SnapshotKeeper, paths: SearchPaths) -> None:
        self._file = UnmarkedFile(None)
        self._keeper = keeper
        self._paths = paths

    @property
    def policies(self) -> Policies:
        """How long answers are kept."""
        return self._paths.policies

    def load(self, file: UnmarkedFile) -> None:
        """Take the marks from what has lost them before.

        Raises
        ------
        RepositoryError
            If the file cannot be read.
        """
        self._file = file
        self.reload()

    def reload(self) -> None:
        """Learn what other processes of this host have found.

        Raises
        ------
        RepositoryError
            If the file cannot be read.
        """
        found = self._file.read().keys() - self.policies.unmarked
        if found:
            self._adopt(self.policies.unmarked | found)
            self.forget(found)

    def is_permanent(self, thing: Thing) -> bool:
        """Tell whether something is kept for ever."""
        kind, name = thing
        decide: Mapping[str, Callable[[str], Policy]] = {
            "collection": self.policies.of_collection,
            "dataset type": self.policies.of_dataset_type,
            "dimension": self.policies.of_dimension,
        }
        return decide[kind](name) is Policy.PERMANENT

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

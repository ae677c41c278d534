"""Reads whole collections beforehand, so that the first to ask need not wait.

Pages are read one by one, each in one statement, and kept under the same keys and on
the same terms as if somebody had asked for each of their datasets. What moved after
a page was read keeps its datasets out (invariant I4).
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ...protocol.admin import WarmRequest
from ...protocol.errors import BadRequestError, UnavailableError
from ...registry import (
    RegisteredDatasetType,
    StaleDefinitionsError,
)
from ..lookup.view import View
from ..policies import Policy
from ..repository import Repository
from ..snapshot import Collection, Snapshot
from .collection_reading import CollectionReading, FullError
from .outcome import Outcome
from .paths import PathReading
from .progress import Progress
from .selection import select_collections, select_dataset_types
from .sweeping import sweep

PAGE_SIZE = 500
_ATTEMPTS = 3

_T = TypeVar("_T")


class Warming:
    """Reads collections of one repository into its cache; to be run once.

    Parameters
    ----------
    repository
        Whose cache is filled.
    request
        What to read.
    page_size
        How many datasets are read in one statement.
    clock
        Monotonic time in seconds.

    Attributes
    ----------
    progress
        How far it has come; to be looked at while it runs.
    """

    def __init__(
        self,
        repository: Repository,
        request: WarmRequest,
        *,
        page_size: int = PAGE_SIZE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = Progress()
        self._repository = repository
        self._request = request
        self._page_size = page_size
        self._clock = clock

    @property
    def outcome(self) -> Outcome:
        """What has come of it so far."""
        progress = self.progress
        notes = [
            f"{name} was not read: {why}" for name, why in progress.skipped.items()
        ]
        if progress.failure:
            notes.insert(0, progress.failure)
        return Outcome("; ".join(notes), progress.counts, ok=not progress.failure)

    async def run(self) -> Outcome:
        """Read everything; may be cancelled at any time.

        Raises
        ------
        BadRequestError
            If no collection is asked for.
        NotFoundError
            If a name is unknown.
        UnavailableError
            If the database is away from the beginning.
        """
        if not self._request.collections:
            raise BadRequestError("collections: name at least one to be read.")
        started = self._clock()
        snapshot = await self._repository.keeper.current()
        targets = select_collections(snapshot, self._request.collections)
        select_dataset_types(snapshot, self._request.dataset_types)
        members = [_members(snapshot, target) for target in targets]
        self.progress.collections = sum(map(len, members))
        await sweep(self._repository.answers)
        try:
            for target, collections in zip(targets, members, strict=True):
                await self._warm(target.name)
                self.progress.done += len(collections)
        except FullError:
            self.progress.is_full = True
            self.progress.failure = "the cache is full: raise its limits, or warm less"
        except UnavailableError as error:
            self.progress.failure = str(error)
        return replace(self.outcome, milliseconds=1000 * (self._clock() - started))

    async def _warm(self, target: str) -> None:
        """Read what lookups that name this collection can find."""
        snapshot = await self._repository.keeper.current()
        for name in _types(snapshot, target, self._request.dataset_types):
            await self._patiently(partial(self._read, target, name))

    async def _patiently(self, read: Callable[[], Awaitable[_T]]) -> _T:
        """Begin again with newer definitions, if those in use have become old."""
        for _ in range(_ATTEMPTS):
            try:
                return await read()
            except StaleDefinitionsError:
                await self._repository.keeper.check()
        raise UnavailableError(
            "The repository's definitions change faster than it can be read."
        )

    async def _read(self, target: str, type_name: str) -> None:
        repository = self._repository
        snapshot = await repository.keeper.current()
        dataset_type = snapshot.dataset_types.by_name.get(type_name)
        if dataset_type is None or target not in snapshot.collections.by_name:
            return  # removed meanwhile
        view = repository.view(snapshot)
        if not self._may_keep(view, dataset_type):
            return
        reading = CollectionReading(
            view,
            repository.answers,
            self.progress,
            PathReading(view, dataset_type, [target]),
            self._page_size,
        )
        for collection in _members(snapshot, snapshot.collections.get(target)):
            if not snapshot.summaries.lists(collection, dataset_type.id):
                continue
            if view.policies.of_collection(collection.name) is Policy.VOLATILE:
                self.progress.skipped[collection.name] = "it is volatile"
            else:
                await reading.read(collection)

    def _may_keep(self, view: View, dataset_type: RegisteredDatasetType) -> bool:
        if view.policies.of_dataset_type(dataset_type.name) is Policy.VOLATILE:
            self.progress.skipped[dataset_type.name] = "it is volatile"
            return False
        try:
            view.snapshot.require_readable(dataset_type)
        except UnavailableError as error:
            self.progress.skipped[dataset_type.name] = str(error)
            return False
        return True


def _members(snapshot: Snapshot, target: Collection) -> list[Collection]:
    """Return the collections that a search in one looks into, in order."""
    flat = snapshot.collections.flatten([target.name])
    return [collection for collection in flat if not collection.is_chain]


def _types(snapshot: Snapshot, target: str, wanted: Sequence[str]) -> list[str]:
    """Return the names of the wanted dataset types that a collection may have."""
    collection = snapshot.collections.by_name.get(target)
    if collection is None:
        return []  # removed meanwhile
    ids = snapshot.summary(collection).dataset_type_ids
    types = select_dataset_types(snapshot, wanted) if wanted else None
    found = snapshot.dataset_types.named(sorted(ids))
    return [type_.name for type_ in found if types is None or type_ in types]

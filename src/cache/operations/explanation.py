"""Says in plain words how one lookup by data ID is answered, and why.

The lookup is carried out as if a client had asked, so that what it finds is kept as
usual; what it would have raised becomes a reason.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...protocol.admin import (
    ExplainedCollection,
    ExplainRequest,
    Explanation,
    Source,
    Step,
)
from ...protocol.dimensions import DataId
from ...protocol.errors import ButleryError, UnavailableError
from ...protocol.globs import is_glob
from ...protocol.scalars import UNBOUNDED, Timespan
from ...registry import FoundDataset, RegisteredDatasetType, StaleDefinitionsError
from ..lookup.data_ids import check_types, read_data_id, resolve_data_id, standardize
from ..lookup.expansion import expand_data_id, expand_temporal
from ..lookup.find import is_empty
from ..lookup.kept import find_in_segment
from ..lookup.paths import Segment
from ..lookup.search import DatasetSearch
from ..lookup.view import UnsettledError, View
from ..repository import Repository
from ..snapshot import Collection, Snapshot
from ..trail import Trail
from .selection import describe_unknown
from .skipping import collections_elsewhere, why_skipped

_ATTEMPTS = 5


async def explain(
    repository: Repository,
    request: ExplainRequest,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Explanation:
    """Explain one lookup.

    Raises
    ------
    UnavailableError
        If the database is away and what is kept does not suffice.
    """
    for _ in range(_ATTEMPTS):
        started = clock()
        trail = Trail()
        view = await _view(repository, trail)
        snapshot = view.snapshot
        case = _Case(view, request)
        try:
            await case.look_up()
        except UnsettledError:
            raise UnavailableError(
                "The database is away, and not all that the lookup needs is permanent."
            ) from None
        except StaleDefinitionsError:
            await repository.keeper.check()
            continue
        return Explanation(
            repository=repository.label,
            version=snapshot.version,
            revision=repository.keeper.revision.token,
            state=repository.keeper.state,
            found=str(case.found.id) if case.found else None,
            run=_name(snapshot, case.found.run) if case.found else None,
            source=case.source,
            path=case.path,
            reasons=case.reasons,
            unknown=case.unknown,
            statements=trail.misses + trail.bypassed,
            milliseconds=1000 * (clock() - started),
        )
    raise UnavailableError(
        "The repository's definitions changed faster than they could be read."
    )


async def _view(repository: Repository, trail: Trail) -> View:
    """Return what a lookup would see: without a database, only what is permanent."""
    keeper = repository.keeper
    try:
        return repository.view(await keeper.current(), trail=trail)
    except UnavailableError:
        return repository.view(keeper.snapshot, settled=True, trail=trail)


@dataclass(slots=True)
class _Case:
    """One lookup, and what is found out about it."""

    view: View
    request: ExplainRequest
    found: FoundDataset | None = None
    source: Source = "snapshot"
    path: list[ExplainedCollection] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    async def look_up(self) -> None:
        """Go the way of the lookup, as far as it leads."""
        dataset_type = self._dataset_type()
        self._check_collections()
        search = None
        if dataset_type is not None:
            search = await self._read_search(dataset_type)
        if search is None or self.unknown:
            self.source = "none"
            return
        try:
            check_types(search.dataset_type.group, search.values)
            await self._search(search)
        except UnavailableError:
            raise
        except ButleryError as error:
            self.reasons.append(str(error))
        if self.found is None:
            await self._say_why_not(search)

    def _dataset_type(self) -> RegisteredDatasetType | None:
        name = self.request.dataset_type
        types = self.view.snapshot.dataset_types
        try:
            return types.get(name)
        except ButleryError as error:
            known = describe_unknown("dataset type", name, types.by_name)
            is_missing = name.partition(".")[0] not in types.by_name
            self.unknown.append(name)
            self.reasons.append(known if is_missing else str(error))
            return None

    def _check_collections(self) -> None:
        known = self.view.snapshot.collections.by_name
        for name in self.request.collections:
            if not is_glob(name) and name not in known:
                self.unknown.append(name)
                self.reasons.append(describe_unknown("collection", name, known))
        if not self.request.collections:
            self.reasons.append("No collection was given to look into.")

    async def _read_search(
        self, dataset_type: RegisteredDatasetType
    ) -> DatasetSearch | None:
        """Return what is searched for, or `None` if the data ID makes no sense."""
        universe = self.view.snapshot.universe
        for key in self.request.data_id:
            name = key.partition(".")[0]
            if "." in key and name not in universe.elements:
                self.unknown.append(name)
                self.reasons.append(
                    describe_unknown("dimension", name, universe.elements)
                )
        try:
            given = read_data_id(self.request.data_id)
            resolved = await resolve_data_id(self.view, dataset_type, given, {})
            return DatasetSearch(
                dataset_type,
                standardize(dataset_type.group, resolved, {}),
                self.request.collections,
                await self._timespan(dataset_type, resolved),
                files=self.request.files,
            )
        except UnavailableError:
            raise
        except ButleryError as error:
            self.reasons.append(str(error))
            facts = {f for e in universe.elements.values() for f in e.facts}
            unknown = [
                key
                for key in self.request.data_id
                if "." not in key and key not in universe.elements and key not in facts
            ]
            self.unknown += unknown
            self.reasons += [
                describe_unknown("dimension", key, universe.elements) for key in unknown
            ]
            return None

    async def _timespan(
        self, dataset_type: RegisteredDatasetType, resolved: DataId
    ) -> Timespan | None:
        """Return the timespan; of a download without one, that of its data ID."""
        request, view = self.request, self.view
        is_given = request.timespan is not None or not request.files
        if is_given or not dataset_type.is_calibration:
            return request.timespan
        expanded = await expand_temporal(view, resolved, {})
        if expanded is None:
            return UNBOUNDED
        return expanded.timespan(view.snapshot.universe.temporal_families)

    async def _search(self, search: DatasetSearch) -> None:
        view = self.view
        segments = list(view.path(search).segments)
        if is_empty(search.timespan) and search.with_ranges:
            self.reasons.append("The timespan is empty: nothing overlaps it.")
            segments = []
        sources: dict[object, Source] = {}
        for segment in segments:
            if self.found is not None:
                break
            source = await self._search_segment(search, segment)
            sources |= dict.fromkeys(segment.keys, source)
        for source in ("database", "entry", "index"):
            if source in sources.values():
                self.source = source
                break
        self.path += self._explained(search, sources)

    async def _search_segment(self, search: DatasetSearch, segment: Segment) -> Source:
        view, trail = self.view, self.view.trail
        before = trail.hits, trail.indexed
        self.found = await find_in_segment(view, search, view.path(search), segment)
        if trail.indexed != before[1]:
            return "index"
        return "database" if trail.hits == before[0] else "entry"

    def _explained(
        self, search: DatasetSearch, sources: dict[object, Source]
    ) -> Iterator[ExplainedCollection]:
        """Yield every collection of the path, in order."""
        found_in = self.found.collection if self.found else None
        is_over = False
        members = self.view.snapshot.collections.search_path(search.collections)
        for collection in members:
            step, reason = self._step(search, collection, found_in, is_over=is_over)
            is_over = is_over or collection.key == found_in
            yield ExplainedCollection(
                collection.name,
                collection.type.name,
                self.view.policies.of_collection(collection.name),
                step,
                reason,
                sources.get(collection.key, "snapshot"),
            )

    def _step(
        self,
        search: DatasetSearch,
        collection: Collection,
        found_in: object,
        *,
        is_over: bool,
    ) -> tuple[Step, str]:
        why_not = why_skipped(self.view.snapshot, search, collection)
        if why_not is not None:
            return "skipped", why_not
        if is_over:
            return "not reached", "an earlier collection has the dataset"
        if found_in is not None and collection.key == found_in:
            return "found", "it has the dataset, and none before it has"
        return "searched", "it has no dataset with this data ID"

    async def _say_why_not(self, search: DatasetSearch) -> None:
        searched = [c.name for c in self.path if c.step == "searched"]
        skipped = len(self.path) - len(searched)
        if searched:
            self.reasons.append(
                f"{_many(len(searched), 'collection')} may have such a dataset, but "
                f"none has; {skipped} of the path could be skipped."
            )
        elif self.path:
            self.reasons.append(
                "No collection of the path can have such a dataset: see why each of "
                "them was skipped."
            )
        elif self.request.collections and not self.reasons:
            self.reasons.append("The path leads to no collection at all.")
        await self._check_records(search)
        elsewhere = list(
            collections_elsewhere(self.view.snapshot, search, {*self._names()})
        )
        if elsewhere:
            self.reasons.append(
                "Collections outside the path that may have such a dataset: "
                f"{', '.join(elsewhere)}."
            )

    def _names(self) -> Iterator[str]:
        return (collection.name for collection in self.path)

    async def _check_records(self, search: DatasetSearch) -> None:
        """See whether the data ID itself makes sense."""
        try:
            await expand_data_id(self.view, search.dataset_type.group, search.values)
        except UnavailableError:
            raise
        except ButleryError as error:
            self.reasons.append(str(error))


def _name(snapshot: Snapshot, key: object) -> str:
    collection = snapshot.collections.whole.by_key.get(key)
    if collection is None:
        raise StaleDefinitionsError("the run is newer than the snapshot")
    return collection.name


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

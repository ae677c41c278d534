"""What one lookup sees: one snapshot, and the answers that go with it.

All that a lookup asks of the database goes through here, and is kept by policy: with
what it depends on, and only if it was read at a moment at which the snapshot's
definitions held.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...protocol.scalars import UNBOUNDED, DataIdValue, Timespan
from ...registry import (
    DimensionGroup,
    Element,
    FoundDataset,
    Moment,
    RegisteredDatasetType,
    StaleDefinitionsError,
    StoredDataset,
)
from ..answers import (
    NEW_DATASETS,
    Answers,
    Dependency,
    Keep,
    Question,
    collection,
    definition,
    new_records,
    old_records,
)
from ..policies import Policies, Policy
from ..snapshot import Record, RecordSet, Snapshot
from .first import first_match
from .paths import SearchPath, SearchPaths, Segment

RecordValues = dict[str, Any]


class UnsettledError(Exception):
    """A lookup needs something that is not permanent, and so must be fresh."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a repository's lookups remember in common."""

    answers: Answers
    paths: SearchPaths

    @property
    def policies(self) -> Policies:
        """Policies of the repository."""
        return self.paths.policies


class View:
    """The database as one lookup sees it.

    Parameters
    ----------
    snapshot
        Definitions, the same for the whole lookup.
    moment
        The moment at which they held.
    memory
        Answers that are kept.
    confirm
        Tells whether the snapshot's definitions still hold now.
    settled
        Whether only what is permanent may be looked at: nothing is known about how
        old the snapshot is. Anything else raises `UnsettledError`.
    """

    __slots__ = ("_answers", "_confirm", "_memory", "_moment", "settled", "snapshot")

    def __init__(
        self,
        snapshot: Snapshot,
        moment: Moment,
        memory: Memory,
        confirm: Callable[[], Awaitable[bool]],
        *,
        settled: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self.settled = settled
        self._moment = moment
        self._memory = memory
        self._answers = memory.answers
        self._confirm = confirm

    # -- definitions ---------------------------------------------------------------

    def dataset_type(self, name: str) -> RegisteredDatasetType:
        """Return a dataset type by its name.

        Raises
        ------
        MissingDatasetTypeError, UnknownComponentError, DatasetTypeExpressionError
            As `DatasetTypeCatalog.get`.
        """
        self._require(self._memory.policies.of_dataset_type(name))
        return self.snapshot.dataset_types.get(name)

    def record(
        self, element: Element, values: Mapping[str, DataIdValue]
    ) -> Record | None:
        """Return a small or skypix element's record, or `None` if there is none."""
        if self.settled and element.skypix is None:
            self._require(self._memory.policies.of_dimension(element.name))
        return self.snapshot.record(element, values)

    def small_records(self, element: Element) -> RecordSet:
        """Return all records of a small element."""
        self._require(self._memory.policies.of_dimension(element.name))
        return self.snapshot.records[element.name]

    def path(
        self,
        terms: Sequence[str],
        dataset_type: RegisteredDatasetType,
        values: dict[str, DataIdValue],
        *,
        with_ranges: bool,
    ) -> SearchPath:
        """Return where a search looks.

        Raises
        ------
        MissingCollectionError
            If an explicit collection name does not exist.
        """
        found = self._memory.paths.find(
            self.snapshot, terms, dataset_type, values, with_ranges=with_ranges
        )
        if self.settled and not found.is_permanent:
            raise UnsettledError
        return found

    def _require(self, policy: Policy) -> None:
        if self.settled and policy is not Policy.PERMANENT:
            raise UnsettledError

    # -- datasets ------------------------------------------------------------------

    async def find(
        self,
        dataset_type: RegisteredDatasetType,
        values: dict[str, DataIdValue],
        segment: Segment,
        timespan: Timespan | None,
        *,
        records: bool,
        files: bool,
    ) -> FoundDataset | None:
        """Return the first match in a part of a search path, or `None`.

        Raises
        ------
        CalibrationLookupError
            If it is ambiguous.
        StaleDefinitionsError
            If the definitions changed before the database was read.
        """
        policy = Policy.weakest(
            (segment.policy, self._memory.policies.of_dataset_type(dataset_type.name))
        )
        self._require(policy)
        span = timespan if segment.calibs else None
        key = (
            "find",
            dataset_type.id,
            tuple(values.values()),
            segment.keys,
            span,
            records,
            files,
        )
        entry = self._answers.find(key, permanent=self.settled)
        if entry is not None:
            found: FoundDataset | None = entry.value
            return found

        async def read() -> FoundDataset | None:
            moment, found = await self.snapshot.reader.find(
                dataset_type,
                values,
                tag_collections=segment.tags,
                calib_collections=segment.calibs,
                timespan=timespan or UNBOUNDED,
                records=records,
                files=files,
            )
            if policy is not Policy.PERMANENT:
                await self._must_be_now(moment)
            return first_match(segment.keys, found)

        def terms(found: FoundDataset | None) -> Keep | None:
            return self._terms_of_find(dataset_type, segment, policy, found)

        if policy is Policy.VOLATILE:
            return await read()
        return await self._answers.ask(Question(key, segment.dependencies, read, terms))

    async def _must_be_now(self, moment: Moment | None) -> None:
        """See that what was read belongs to the snapshot's definitions.

        Otherwise an old path could lead to what a newer one no longer leads to.
        """
        if moment is not None and moment.is_at(self._moment):
            return
        if not await self._confirm():
            raise StaleDefinitionsError("the definitions are newer than the snapshot")

    def _terms_of_find(
        self,
        dataset_type: RegisteredDatasetType,
        segment: Segment,
        policy: Policy,
        found: FoundDataset | None,
    ) -> Keep | None:
        dependencies: list[Dependency] = list(segment.dependencies)
        dependencies.append(definition("dataset-type", dataset_type.id))
        elements: dict[str, object] = {}
        if segment.calibs:
            # Their validity ranges are compared with the time of the data ID itself.
            temporal = (e for e in dataset_type.group.elements if e.temporal)
            elements = {e.name: None for e in temporal}
        if found is not None:
            if not segment.calibs:
                del dependencies[segment.keys.index(found.collection) + 1 : -1]
            dependencies.append(collection(found.run))
            elements |= found.records
        return self._terms(policy, dependencies, elements)

    def _terms(
        self,
        policy: Policy,
        dependencies: list[Dependency],
        elements: Mapping[str, object],
    ) -> Keep | None:
        """Return terms for an answer in which these elements' records are.

        Parameters
        ----------
        elements
            Records by element, `None` where one was looked for and is not there.
        """
        of_dimension = self._memory.policies.of_dimension
        policy = Policy.weakest((policy, *(of_dimension(name) for name in elements)))
        if policy is Policy.VOLATILE:
            return None
        for name, record in elements.items():
            dependencies.append(definition("dimension", name))
            if of_dimension(name) is Policy.DYNAMIC:
                dependencies.append(old_records(name))
                if record is None:
                    dependencies.append(new_records(name))
        return Keep(tuple(dependencies), policy is Policy.PERMANENT)

    async def datasets(
        self, ids: Sequence[UUID], *, files: bool
    ) -> list[StoredDataset]:
        """Return the datasets with these UUIDs that exist; one statement for all."""
        found: list[StoredDataset | None] = []
        missing: list[UUID] = []
        for id_ in ids:
            entry = self._answers.find(("id", id_, files), permanent=self.settled)
            if entry is None:
                missing.append(id_)
            else:
                found.append(entry.value)
        if missing and self.settled:
            raise UnsettledError
        if len(missing) == 1:
            found.append(await self._answers.ask(self._by_id(missing[0], files=files)))
        elif missing:
            found += await self._read_datasets(missing, files=files)
        return [dataset for dataset in found if dataset is not None]

    async def _read_datasets(
        self, ids: Sequence[UUID], *, files: bool
    ) -> list[StoredDataset]:
        since = self._answers.generations.now
        read = await self.snapshot.reader.datasets(ids, files=files)
        by_id = {dataset.id: dataset for dataset in read}
        for id_ in ids:
            self._answers.store(self._by_id(id_, files=files), by_id.get(id_), since)
        return read

    def _by_id(self, id_: UUID, *, files: bool) -> Question[StoredDataset | None]:
        async def read() -> StoredDataset | None:
            found = await self.snapshot.reader.datasets([id_], files=files)
            return found[0] if found else None

        # Which collection it depends on is known only from the answer.
        return Question(("id", id_, files), None, read, self._terms_of_dataset)

    def _terms_of_dataset(self, found: StoredDataset | None) -> Keep | None:
        if found is None:
            return Keep((NEW_DATASETS,))
        run = self.snapshot.collections.by_key.get(found.run)
        type_ = self.snapshot.dataset_types.by_id.get(found.dataset_type_id)
        if run is None or type_ is None or found.values is None:
            return None  # newer than the snapshot, or not readable yet
        policies = self._memory.policies
        policy = Policy.weakest(
            (policies.of_collection(run.name), policies.of_dataset_type(type_.name))
        )
        dependencies = [
            collection(found.run),
            definition("dataset-type", type_.id),
        ]
        return self._terms(policy, dependencies, {})

    # -- large dimension records ---------------------------------------------------

    async def records(
        self, group: DimensionGroup, values: Mapping[str, DataIdValue]
    ) -> dict[str, RecordValues | None]:
        """Return the large records of a data ID, by element."""
        large = [e for e in group.elements if not e.small and e.has_table]
        if not large:
            return {}
        names = tuple(element.name for element in large)
        found: dict[str, RecordValues | None] = await self._ask_for_records(
            ("records", group.names, tuple(values.items())),
            names,
            lambda: self.snapshot.reader.records(group, values),
            lambda found: found,
        )
        return found

    async def search(
        self, element: Element, conditions: Mapping[str, Any], limit: int
    ) -> list[RecordValues]:
        """Return at most ``limit`` records of a large element, ordered by key."""
        frozen = tuple(
            (name, tuple(v) if isinstance(v, list) else v)
            for name, v in sorted(conditions.items())
        )
        found: list[RecordValues] = await self._ask_for_records(
            ("search", element.name, frozen, limit),
            (element.name,),
            lambda: self.snapshot.reader.search(element, conditions, limit),
            lambda _: {element.name: None},
        )
        return found

    async def _ask_for_records(
        self,
        key: tuple[Any, ...],
        names: Sequence[str],
        read: Callable[[], Awaitable[Any]],
        elements: Callable[[Any], Mapping[str, object]],
    ) -> Any:
        policy = Policy.weakest(self._memory.policies.of_dimension(n) for n in names)
        self._require(policy)
        entry = self._answers.find(key, permanent=self.settled)
        if entry is not None:
            return entry.value
        if policy is Policy.VOLATILE:
            return await read()
        every = [d for n in names for d in (old_records(n), new_records(n))]
        question = Question(
            key,
            tuple(every),
            read,
            lambda found: self._terms(Policy.PERMANENT, [], elements(found)),
        )
        return await self._answers.ask(question)

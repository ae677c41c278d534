"""One repository, as the server sees it: every lookup, from the snapshot outwards.

Every method answers from one snapshot. Where a row of the database turns out to be
newer than the snapshot's definitions, the snapshot is renewed and the lookup done
again, so that a caller never sees a mixture.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from ..protocol.dimensions import RequestDataId
from ..protocol.errors import (
    DatasetNotFoundError,
    UnavailableError,
)
from ..protocol.scalars import UNBOUNDED, Timespan
from ..registry import (
    DatastoreConfig,
    Registry,
    StaleDefinitionsError,
)
from .keeper import SnapshotKeeper
from .lookup.data_ids import (
    DataId,
    read_data_id,
    read_defaults,
    resolve_data_id,
    standardize,
)
from .lookup.expansion import ExpandedDataId, expand_data_id, expand_temporal
from .lookup.find import Dataset, DatasetSearch, find_dataset
from .lookup.stored import get_datasets
from .snapshot import Snapshot

_ATTEMPTS = 5
_T = TypeVar("_T")


class Repository:
    """Lookups in one repository.

    Parameters
    ----------
    label
        Name of the repository in URLs.
    registry
        Its database.
    keeper
        Its current snapshot.
    """

    def __init__(self, label: str, registry: Registry, keeper: SnapshotKeeper) -> None:
        self.label = label
        self.registry = registry
        self.keeper = keeper

    @classmethod
    def from_uri(
        cls, label: str, uri: str, *, poll_seconds: float = 1.0
    ) -> "Repository":
        """Return a repository that is not open yet.

        Raises
        ------
        RepositoryError
            If its configuration cannot be served.
        """
        registry = Registry.from_uri(uri)
        keeper = SnapshotKeeper(registry, poll_seconds=poll_seconds)
        return cls(label, registry, keeper)

    @property
    def datastores(self) -> tuple[DatastoreConfig, ...]:
        """File datastores, in the order in which they are asked."""
        return self.registry.config.datastores

    async def open(self) -> None:
        """Read the repository for the first time and follow its changes.

        Raises
        ------
        RepositoryError
            If it cannot be served.
        """
        try:
            await self.keeper.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop following changes and close all connections."""
        await self.keeper.close()
        await self.registry.close()

    async def snapshot(self) -> Snapshot:
        """Return a snapshot that is fresh enough to answer from."""
        return await self.keeper.current()

    async def find_dataset(
        self,
        dataset_type: str,
        data_id: RequestDataId,
        default_data_id: RequestDataId,
        collections: Sequence[str],
        timespan: Timespan | None,
        *,
        records: bool = False,
    ) -> Dataset | None:
        """Return the first match on the search path, or `None`.

        Without a timespan, CALIBRATION collections take no part.
        """

        async def find(snapshot: Snapshot) -> Dataset | None:
            type_ = snapshot.dataset_types.get(dataset_type)
            defaults = read_defaults(snapshot, default_data_id)
            resolved = await resolve_data_id(
                snapshot, type_, read_data_id(data_id), defaults
            )
            values = standardize(type_.group, resolved, defaults)
            search = DatasetSearch(
                type_, values, collections, timespan, records=records
            )
            return await find_dataset(snapshot, search)

        return await self._answer(find)

    async def find_files(
        self,
        dataset_type: str,
        data_id: RequestDataId,
        default_data_id: RequestDataId,
        collections: Sequence[str],
        timespan: Timespan | None,
    ) -> Dataset:
        """Return the first match with its files.

        A calibration without a timespan takes that of its temporal dimensions, or
        all times if it has none.

        Raises
        ------
        DatasetNotFoundError
            If nothing matches.
        """

        async def find(snapshot: Snapshot) -> Dataset:
            type_ = snapshot.dataset_types.get(dataset_type)
            defaults = read_defaults(snapshot, default_data_id)
            resolved = await resolve_data_id(
                snapshot, type_, read_data_id(data_id), defaults
            )
            expanded, span = None, timespan
            if type_.is_calibration and timespan is None:
                expanded = await expand_temporal(snapshot, resolved, defaults)
                span = UNBOUNDED
            if expanded is not None:
                span = expanded.timespan(snapshot.universe.temporal_families)
                resolved = {**resolved, **expanded.values}
            values = standardize(type_.group, resolved, defaults)
            search = DatasetSearch(type_, values, collections, span, files=True)
            dataset = await find_dataset(snapshot, search)
            if dataset is None:
                shown = values if expanded is None else expanded.values
                raise DatasetNotFoundError(
                    f"Dataset {type_.name} with data ID {_text(shown)} could not be "
                    f"found in collections {list(collections)}."
                )
            if expanded is None or not expanded.covers(type_.group):
                return dataset
            return replace(dataset, data_id=expanded.subset(type_.group).wire())

        return await self._answer(find)

    async def get_dataset(self, id_: UUID, *, records: bool = False) -> Dataset | None:
        """Return the dataset with a UUID, or `None`."""

        async def get(snapshot: Snapshot) -> Dataset | None:
            found = await get_datasets(snapshot, [id_])
            if not found or not records:
                return found[0] if found else None
            (dataset,) = found
            group = dataset.dataset_type.group
            expanded = await expand_data_id(snapshot, group, dataset.data_id.data_id)
            return replace(dataset, data_id=expanded.wire())

        return await self._answer(get)

    async def get_datasets(
        self, ids: Sequence[UUID], *, files: bool = False
    ) -> list[Dataset]:
        """Return the datasets with these UUIDs that exist, in no order."""
        return await self._answer(lambda s: get_datasets(s, ids, files=files))

    async def get_files(self, id_: UUID) -> Dataset | None:
        """Return the dataset with a UUID and its files, or `None`."""
        found = await self.get_datasets([id_], files=True)
        return found[0] if found else None

    async def expand_data_id(self, data_id: RequestDataId) -> ExpandedDataId:
        """Return a data ID with all its records; primary keys only."""

        async def expand(snapshot: Snapshot) -> ExpandedDataId:
            values = read_data_id(data_id)
            return await expand_data_id(
                snapshot, snapshot.universe.group(values), values
            )

        return await self._answer(expand)

    async def _answer(self, look_up: Callable[[Snapshot], Awaitable[_T]]) -> _T:
        for _ in range(_ATTEMPTS):
            snapshot = await self.keeper.current()
            try:
                return await look_up(snapshot)
            except StaleDefinitionsError:
                await self.keeper.check()
        raise UnavailableError(
            "The repository's definitions changed faster than they could be read."
        )


def _text(values: DataId) -> str:
    return f"{{{', '.join(f'{name}: {value!r}' for name, value in values.items())}}}"

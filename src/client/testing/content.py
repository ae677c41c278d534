"""What the fake server holds: definitions, collections, datasets and their files."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec

from ...protocol.collections import CollectionType
from ...protocol.datasets import DatasetType
from ...protocol.files import StoredFileInfo
from ...protocol.scalars import DataIdValue
from ..universe import DimensionGroup, Universe
from .records import DataId, Records
from .refusals import butler_error, key_error

JSON_FORMATTER = "lsst.daf.butler.formatters.json.JsonFormatter"
FILE_FORMATTER = "lsst.daf.butler.formatters.file.FileFormatter"

_UNSAFE = str.maketrans(dict.fromkeys("/ \\?#%:", "_"))


class Collection(msgspec.Struct, frozen=True):
    """A RUN or a chain."""

    name: str
    type: CollectionType
    doc: str = ""
    children: tuple[str, ...] = ()


class Dataset(msgspec.Struct, frozen=True, eq=False):
    """A dataset and its one file."""

    id: UUID
    type: DatasetType
    data_id: dict[str, DataIdValue]
    run: str
    file: StoredFileInfo
    content: bytes

    @property
    def etag(self) -> str:
        """What changes with the content."""
        return f'"{sha256(self.content).hexdigest()[:32]}"'


class Content:
    """Of one repository.

    Parameters
    ----------
    universe
        Of its dimensions.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.records = Records(universe)
        self.types: dict[str, DatasetType] = {}
        self.collections: dict[str, Collection] = {}
        self.datasets: dict[UUID, Dataset] = {}
        self._places: dict[tuple[str, str, tuple[DataIdValue, ...]], UUID] = {}

    def add_type(
        self, name: str, dimensions: Iterable[str], storage_class: str
    ) -> DatasetType:
        """Register a dataset type."""
        required = list(self.universe.group(dimensions).required)
        self.types[name] = DatasetType(name, storage_class, required)
        return self.types[name]

    def add_collection(self, collection: Collection) -> None:
        """Register a collection, or change it."""
        self.named(collection.children)
        self.collections[collection.name] = collection

    def add(
        self,
        kind: DatasetType,
        data_id: DataId,
        run: str,
        content: Any,
        formatter: str | None,
        storage_class: str | None,
        id: UUID | None,
    ) -> Dataset:
        """Hold a dataset, and register its run if that is new.

        Raises
        ------
        ValueError
            If there is one with its data ID, or a value of that is missing.
        """
        self.collections.setdefault(run, Collection(run, CollectionType.RUN))
        group = self.group(kind)
        values = self.records.complete(group, data_id)
        is_file = isinstance(content, bytes)
        held = content if is_file else msgspec.json.encode(content)
        file = StoredFileInfo(
            formatter or (FILE_FORMATTER if is_file else JSON_FORMATTER),
            _path(kind.name, values, run, "bin" if is_file else "json"),
            storage_class or kind.storage_class,
            None,
            None,
            len(held),
        )
        dataset = Dataset(id or uuid4(), kind, values, run, file, held)
        place = _place(kind, values, run)
        if place in self._places or dataset.id in self.datasets:
            raise ValueError(f"{run} has a {kind.name} with {values} already")
        self._places[place] = dataset.id
        self.datasets[dataset.id] = dataset
        return dataset

    def group(self, kind: DatasetType) -> DimensionGroup:
        """Return the dimensions of a dataset type."""
        return self.universe.group(kind.dimensions)

    def type(self, name: str) -> DatasetType:
        """Return a dataset type.

        Raises
        ------
        RefusedError
            If there is none of this name.
        """
        if name not in self.types:
            raise key_error(
                "missing_dataset_type", f"Dataset type '{name}' does not exist."
            )
        return self.types[name]

    def named(self, names: Iterable[str]) -> list[Collection]:
        """Return collections.

        Raises
        ------
        RefusedError
            If there is none of a name.
        """
        wanted = list(names)
        missing = [name for name in wanted if name not in self.collections]
        if missing:
            s = "s" if len(missing) > 1 else ""
            raise butler_error(
                "missing_collection",
                f"No collection{s} with name{s} '{' '.join(missing)}' found.",
            )
        return [self.collections[name] for name in wanted]

    def at(self, kind: DatasetType, data_id: DataId, run: str) -> Dataset | None:
        """Return the dataset of a RUN that has a data ID."""
        found = self._places.get(_place(kind, data_id, run))
        return None if found is None else self.datasets[found]

    def in_runs(self, runs: Iterable[str]) -> Iterator[Dataset]:
        """Yield all datasets of some RUNs."""
        wanted = set(runs)
        return (each for each in self.datasets.values() if each.run in wanted)


def _place(
    kind: DatasetType, data_id: Mapping[str, DataIdValue], run: str
) -> tuple[str, str, tuple[DataIdValue, ...]]:
    return run, kind.name, tuple(data_id[name] for name in kind.dimensions)


def _path(name: str, values: DataId, run: str, ending: str) -> str:
    parts = "_".join(str(value).translate(_UNSAFE) for value in values.values())
    file = "_".join(filter(None, [name, parts, run.translate(_UNSAFE)]))
    return f"{run}/{name}/{file}.{ending}"

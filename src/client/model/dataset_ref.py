"""References to datasets."""

from uuid import UUID

from ...protocol.printable import printable
from ..universe import DimensionGroup
from .data_coordinate import DataCoordinate
from .dataset_type import DatasetType, name_of


class DatasetRef:
    """A dataset that exists; two with the same UUID and type are equal.

    Parameters
    ----------
    datasetType
        Its type, or that of a component of it.
    dataId
        What identifies it among those of its type.
    run
        The RUN it was made in, wherever it was found.
    id
        Its UUID; a component has that of the whole.
    """

    __slots__ = ("dataId", "datasetType", "id", "run")

    def __init__(
        self,
        datasetType: DatasetType,
        dataId: DataCoordinate,
        run: str,
        *,
        id: UUID,
    ) -> None:
        self.datasetType = datasetType
        self.dataId = dataId
        self.run = run
        self.id = id

    @property
    def dimensions(self) -> DimensionGroup:
        """Those of its type."""
        return self.datasetType.dimensions

    def isComponent(self) -> bool:
        """Tell whether it is a component of a dataset."""
        return self.datasetType.isComponent()

    def makeComponentRef(self, name: str) -> "DatasetRef":
        """Return a reference to a component of this dataset."""
        kind = self.datasetType.makeComponentDatasetType(name)
        return DatasetRef(kind, self.dataId, self.run, id=self.id)

    def overrideStorageClass(
        self,
        storageClass: str,
    ) -> "DatasetRef":
        """Return a reference to the same dataset, read as something else."""
        kind = self.datasetType.overrideStorageClass(name_of(storageClass))
        return DatasetRef(kind, self.dataId, self.run, id=self.id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DatasetRef):
            return NotImplemented
        return (self.id, self.datasetType, self.dataId) == (
            other.id,
            other.datasetType,
            other.dataId,
        )

    def __hash__(self) -> int:
        return hash((self.id, self.datasetType.name))

    def __lt__(self, other: "DatasetRef") -> bool:
        return (self.run, self.datasetType, self.dataId) < (
            other.run,
            other.datasetType,
            other.dataId,
        )

    def _repr_html_(self) -> str:
        from ..showing.facts import html_of_ref

        return html_of_ref(self)

    def __repr__(self) -> str:
        return (
            f"DatasetRef({self.datasetType!r}, {self.dataId!r}, run={self.run!r}, "
            f"id={self.id})"
        )

    def __str__(self) -> str:
        kind = self.datasetType
        return printable(
            f"{kind.name}@{self.dataId!r} [sc={kind.storageClass_name}] "
            f"(run={self.run} id={self.id})"
        )

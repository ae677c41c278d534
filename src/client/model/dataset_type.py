"""Definition of a dataset type."""

from typing import Any

from ..universe import DimensionGroup
from .names import Named


class DatasetType:
    """What datasets of one kind have in common; two that are equal are one.

    Parameters
    ----------
    name
        With a dot and a component's name, if it is one of a component.
    dimensions
        That identify a dataset of this type.
    storage_class
        Name of the Python type it is read as; for the client it is a label. Empty for
        a component, whose storage class only the Science Pipelines know.
    parent_storage_class
        That of the whole, for a component.
    is_calibration
        Whether datasets may have validity ranges.
    """

    __slots__ = ("_is_calibration", "_parent", "_storage_class", "dimensions", "name")

    def __init__(
        self,
        name: str,
        dimensions: DimensionGroup,
        storage_class: str,
        parent_storage_class: str | None = None,
        *,
        is_calibration: bool = False,
    ) -> None:
        self.name = name
        self.dimensions = dimensions
        self._storage_class = Named(storage_class)
        self._parent = parent_storage_class
        self._is_calibration = is_calibration

    @property
    def storageClass(self) -> Named:
        """Name of the storage class, which also has a ``name``."""
        return self._storage_class

    @property
    def storageClass_name(self) -> str:
        """Name of the storage class."""
        return str(self._storage_class)

    @property
    def parentStorageClass(self) -> Named | None:
        """Name of the storage class of the whole, for a component."""
        return None if self._parent is None else Named(self._parent)

    def isCalibration(self) -> bool:
        """Tell whether datasets of this type may have validity ranges."""
        return self._is_calibration

    def nameAndComponent(self) -> tuple[str, str | None]:
        """Return the name of the whole, and that of the component."""
        return split_name(self.name)

    def component(self) -> str | None:
        """Return the name of the component, if it is one."""
        return split_name(self.name)[1]

    def isComponent(self) -> bool:
        """Tell whether it is the type of a component."""
        return self.component() is not None

    def makeComponentDatasetType(self, component: str) -> "DatasetType":
        """Return the type of a component; whether there is one, a reader knows."""
        return DatasetType(
            f"{self.name}.{component}",
            self.dimensions,
            "",
            self.storageClass_name,
            is_calibration=self._is_calibration,
        )

    def overrideStorageClass(
        self,
        storageClass: str,
    ) -> "DatasetType":
        """Return the same type, read as something else."""
        return DatasetType(
            self.name,
            self.dimensions,
            name_of(storageClass),
            self._parent,
            is_calibration=self._is_calibration,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DatasetType):
            return NotImplemented
        return self is other or self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.name, self._storage_class))

    def __lt__(self, other: "DatasetType") -> bool:
        return self.name < other.name

    def _repr_html_(self) -> str:
        from ..showing.facts import html_of_type

        return html_of_type(self)

    def __repr__(self) -> str:
        calibration = ", isCalibration=True" if self._is_calibration else ""
        names = ", ".join(self.dimensions.names)
        return (
            f"DatasetType({self.name!r}, {{{names}}}, "
            f"{str(self._storage_class)!r}{calibration})"
        )

    def _identity(self) -> tuple[Any, ...]:
        return (
            self.name,
            tuple(self.dimensions.names),
            str(self._storage_class),
            self._parent,
            self._is_calibration,
        )


def split_name(name: str) -> tuple[str, str | None]:
    """Return the name of the whole, and that of the component if it has one."""
    whole, dot, component = name.partition(".")
    return whole, component if dot else None


def name_of(named: Any) -> str:
    """Return the name of a dataset type or storage class, or of what is one already.

    Also of those of daf_butler, so that code may use both clients side by side.

    Raises
    ------
    TypeError
        If it has none.
    """
    if isinstance(named, str):
        return str(named)
    name = getattr(named, "name", None)
    if isinstance(name, str):
        return name
    raise TypeError(f"{named!r} is no name, and has none")

"""Registered dataset types, and the tables that hold their datasets."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..protocol.datasets import DatasetType
from ..protocol.errors import DimensionNameError
from ..protocol.scalars import verbatim
from .contents import Contents
from .dimensions import DimensionGroup
from .errors import RepositoryError


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredDatasetType:
    """One row of ``dataset_type``, with its dimensions expanded.

    Parameters
    ----------
    id
        Key private to this repository; SQLite reuses it after a removal.
    tags_table, calibs_table
        Names as stored; `None` for the second: not a calibration type.
    wire
        The definition as it is sent, already encoded.
    """

    id: int
    name: str
    storage_class: str
    group: DimensionGroup
    tags_table: str
    calibs_table: str | None
    wire: DatasetType

    @property
    def is_calibration(self) -> bool:
        """Whether its datasets can be certified."""
        return self.calibs_table is not None


def read_dataset_types(contents: Contents) -> Mapping[str, RegisteredDatasetType]:
    """Return all dataset types by name.

    Raises
    ------
    RepositoryError
        If a type refers to a dimension group that the database does not define.
    """
    universe = contents.schema.universe
    names: dict[int, list[str]] = {0: []}  # key 0, no dimensions, has no rows
    for key, dimension in contents.rows["dimension_graph_definition"]:
        names.setdefault(key, []).append(dimension)
    types = {}
    for id_, name, storage_class, key, tags, calibs in contents.rows["dataset_type"]:
        if key not in names:
            raise RepositoryError(
                f"dataset type {name!r} has dimension group {key}, which "
                "dimension_graph_definition does not define"
            )
        try:
            group = universe.group(names[key])
        except DimensionNameError as error:
            raise RepositoryError(
                f"dataset type {name!r} has dimensions that the universe does not "
                f"know: {error}"
            ) from error
        wire = DatasetType(
            name, storage_class, list(group.required), is_calibration=calibs is not None
        )
        types[name] = RegisteredDatasetType(
            id_, name, storage_class, group, tags, calibs, verbatim(wire)
        )
    return types

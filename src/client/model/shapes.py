"""Makes objects of the client from what is on the wire, for one universe."""

from collections.abc import Mapping
from uuid import UUID

from ...protocol import datasets as wire
from ...protocol import dimensions as wire_dimensions
from ...protocol.scalars import DataIdValue
from ..universe import DimensionGroup, Universe
from .data_coordinate import DataCoordinate
from .dataset_ref import DatasetRef
from .dataset_type import DatasetType
from .dimension_record import DimensionRecord

_MOST_KEPT = 10_000  # dataset types that differ


class Shapes:
    """Of one repository; dataset types that are equal are made once.

    Parameters
    ----------
    universe
        Of the repository.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self._types: dict[tuple[str, ...], DatasetType] = {}

    def dataset_type(self, found: wire.DatasetType) -> DatasetType:
        """Return a dataset type."""
        key = (
            found.name,
            found.storage_class,
            found.parent_storage_class or "",
            "calibration" if found.is_calibration else "",
            *found.dimensions,
        )
        known = self._types.get(key)
        if known is None:
            if len(self._types) >= _MOST_KEPT:
                self._types.clear()
            known = self._types[key] = DatasetType(
                found.name,
                self.universe.group(found.dimensions),
                found.storage_class,
                found.parent_storage_class,
                is_calibration=found.is_calibration,
            )
        return known

    def dataset_ref(self, found: wire.DatasetRef) -> DatasetRef:
        """Return a reference to a dataset."""
        kind = self.dataset_type(found.dataset_type)
        data_id = self.data_coordinate(found.data_id, kind.dimensions)
        return DatasetRef(kind, data_id, found.run, id=found.id)

    def listed(
        self,
        id: UUID,
        kind: DatasetType,
        run: str,
        values: Mapping[str, DataIdValue],
        records: Mapping[str, wire_dimensions.DimensionRecord] | None,
    ) -> DatasetRef:
        """Return a reference to a dataset of an answer that says its type once."""
        coordinate = wire_dimensions.DataCoordinate(
            dict(values), None if records is None else dict(records)
        )
        data_id = self.data_coordinate(coordinate, kind.dimensions)
        return DatasetRef(kind, data_id, run, id=id)

    def data_coordinate(
        self, found: wire_dimensions.DataCoordinate, group: DimensionGroup | None = None
    ) -> DataCoordinate:
        """Return a data ID, of these dimensions or of those that it has values of."""
        if group is None:
            group = self.universe.group(found.data_id)
        values = _ordered(found.data_id, group)
        records = None
        if found.records is not None:
            records = {k: self.record(r) for k, r in found.records.items()}
        return DataCoordinate(group, values, records)

    def record(self, found: wire_dimensions.DimensionRecord) -> DimensionRecord:
        """Return a dimension record."""
        return DimensionRecord(self.universe.element(found.definition), found.record)


def _ordered(
    values: Mapping[str, DataIdValue], group: DimensionGroup
) -> Mapping[str, DataIdValue]:
    keys = group.data_coordinate_keys
    if tuple(values) == keys:
        return values
    return {key: values[key] for key in keys if key in values}

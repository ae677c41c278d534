"""Rows over small dimensions as they are sent."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ...protocol.dimensions import DataCoordinate
from ...protocol.queries import (
    DataCoordinates,
    DimensionField,
    DimensionKey,
    DimensionRecords,
    GeneralRows,
    RowsSpec,
)
from ...registry import DimensionGroup, DimensionUniverse
from .columns import RecordColumn, Row, find_column
from .slowly import slowly
from .unknown import NotKnownError, require

Encode = Callable[[list[Row]], Awaitable[list[Any]]]


def wire_rows(
    group: DimensionGroup, universe: DimensionUniverse, spec: RowsSpec
) -> Encode:
    """Return what makes of rows what is sent.

    Raises
    ------
    NotKnownError
        If they must be projected, or are of something else.
    """
    match spec:
        case DimensionRecords():
            element = universe.dimension(spec.element)
            require(known=element is not None)
            require(known=universe.group([spec.element]) == group)
            return _each(lambda row: row[spec.element].wire)
        case DataCoordinates():
            require(known=universe.group(spec.dimensions) == group)
            return _each(_coordinate(group, records=spec.include_dimension_records))
        case GeneralRows():
            require(known=universe.group(spec.dimensions) == group)
            require(known=not spec.find_first and not spec.include_dimension_records)
            return _each(_values(_general_columns(group, spec)))
        case _:
            raise NotKnownError


def _each(encode: Callable[[Row], Any]) -> Encode:
    async def encode_all(rows: list[Row]) -> list[Any]:
        return [encode(row) async for some in slowly(rows) for row in some]

    return encode_all


def _coordinate(group: DimensionGroup, *, records: bool) -> Callable[[Row], Any]:
    keys = [(name, _key(group, name)) for name in group.data_coordinate_keys]
    names = [element.name for element in group.elements]

    def encode(row: Row) -> DataCoordinate:
        values = {name: column.value(row) for name, column in keys}
        if not records:
            return DataCoordinate(values)
        return DataCoordinate(values, {name: row[name].wire for name in names})

    return encode


def _values(columns: Sequence[RecordColumn]) -> Callable[[Row], Any]:
    return lambda row: [column.value(row) for column in columns]


def _general_columns(group: DimensionGroup, spec: GeneralRows) -> list[RecordColumn]:
    """Return the columns in the order in which clients expect them."""
    require(known=spec.dimension_fields.keys() <= set(group.names))
    require(known=all(spec.dimension_fields.values()))
    columns = [_key(group, name) for name in group.data_coordinate_keys]
    for element in group.elements:
        wanted = set(spec.dimension_fields.get(element.name, ()))
        fields = [field.name for field in element.fields if field.name in wanted]
        require(known=len(fields) == len(wanted))
        columns += [
            find_column(group, DimensionField(element.name, name)) for name in fields
        ]
    return columns


def _key(group: DimensionGroup, name: str) -> RecordColumn:
    return find_column(group, DimensionKey(name))

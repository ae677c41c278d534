"""Results as Parquet files: flat, typed columns.

Data IDs have a column for each dimension, records one for each field, general results
one for each column, called ``visit`` or ``visit.exposure_time``. A dataset has
``dataset_id``, ``dataset_type``, ``run`` and its dimensions. Timespans are two columns,
``….begin`` and ``….end``, of TAI nanoseconds since 1970, as is every time; regions are
Butler's own bytes; UUIDs are text. Dimension records that come with rows are left out.

Only workers that write such files import this, and with it pyarrow.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from lsst.daf.butler import DatasetRef, DatasetType, DimensionGroup
from lsst.daf.butler.time_utils import TimeConverter

from .pages import Sheet


class Column(NamedTuple):
    """A column: ``read`` gets its value from a row."""

    name: str
    type: Any
    read: Callable[[Any], Any]


class ParquetFile:
    """A file that is being written; each page is a row group.

    Parameters
    ----------
    path
        Of the file.
    subject
        What its rows are of.
    """

    def __init__(self, path: Path, subject: Any) -> None:
        self._columns = columns_of(subject)
        self._schema = pa.schema([(each.name, each.type) for each in self._columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, sheet: Sheet, rows: Sequence[Any]) -> None:
        """Add a row group."""
        del sheet
        if not rows:
            return
        arrays = [
            pa.array([each.read(row) for row in rows], each.type)
            for each in self._columns
        ]
        self._writer.write_table(pa.table(arrays, schema=self._schema))

    def close(self) -> None:
        """Write the end, and close the file."""
        self._writer.close()


def columns_of(subject: Any) -> list[Column]:
    """Return the columns of a result specification, or of a dataset type."""
    if isinstance(subject, DatasetType):
        return _of_datasets(subject.dimensions)
    match subject.result_type:
        case "data_coordinate":
            return _of_data_ids(subject.dimensions, lambda row: row.mapping)
        case "dataset_ref":
            return _of_datasets(subject.dimensions)
        case "dimension_record":
            return _of_records(subject.element)
        case _:
            return _of_table(subject)


def _of_datasets(dimensions: DimensionGroup) -> list[Column]:
    return [
        Column("dataset_id", pa.string(), lambda ref: str(ref.id)),
        Column("dataset_type", pa.string(), lambda ref: ref.datasetType.name),
        Column("run", pa.string(), lambda ref: ref.run),
        *_of_data_ids(dimensions, _data_id),
    ]


def _data_id(ref: DatasetRef) -> Mapping[str, Any]:
    found: Mapping[str, Any] = ref.dataId.mapping
    return found


def _of_data_ids(
    dimensions: DimensionGroup, data_id: Callable[[Any], Mapping[str, Any]]
) -> list[Column]:
    columns: list[Column] = []
    for name in dimensions.data_coordinate_keys:
        spec = dimensions.universe.dimensions[name].primary_key
        # Implied values may be missing, as they are in lines.
        columns += _column(name, spec.type, _value_of(data_id, name))
    return columns


def _of_records(element: Any) -> list[Column]:
    columns: list[Column] = []
    for spec in element.schema.all:
        columns += _column(spec.name, spec.type, attrgetter(spec.name))
    return columns


def _of_table(spec: Any) -> list[Column]:
    found = spec.get_result_columns()
    columns: list[Column] = []
    for place, (table, field) in enumerate(found):
        kind = found.get_column_spec(table, field).type
        name = str(table) if field is None else f"{table}.{field}"
        columns += _column(name, kind, itemgetter(place))
    return columns


def _column(name: str, kind: str, read: Callable[[Any], Any]) -> Iterable[Column]:
    """Return the column of a field, or the two of a timespan."""
    if kind == "timespan":
        return [
            Column(f"{name}.begin", pa.int64(), _then(read, lambda t: t.nsec[0])),
            Column(f"{name}.end", pa.int64(), _then(read, lambda t: t.nsec[1])),
        ]
    type_, convert = _TYPES[kind]
    return [Column(name, type_, read if convert is None else _then(read, convert))]


def _value_of(
    data_id: Callable[[Any], Mapping[str, Any]], name: str
) -> Callable[[Any], Any]:
    return lambda row: data_id(row).get(name)


def _then(
    read: Callable[[Any], Any], convert: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    def converted(row: Any) -> Any:
        value = read(row)
        return None if value is None else convert(value)

    return converted


_TYPES: Mapping[str, tuple[Any, Callable[[Any], Any] | None]] = {
    "int": (pa.int64(), None),
    "string": (pa.string(), None),
    "hash": (pa.binary(), None),
    "float": (pa.float64(), None),
    "bool": (pa.bool_(), None),
    "uuid": (pa.string(), str),
    "region": (pa.binary(), lambda region: region.encode()),
    "datetime": (pa.int64(), lambda time: TimeConverter().astropy_to_nsec(time)),
}

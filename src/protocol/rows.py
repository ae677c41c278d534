"""Results of queries on the wire: a JSON document in each line.

A stream that breaks off is no result, and an error may come after rows.
"""

from typing import TypeAlias

import msgspec

from .datasets import DatasetRef
from .dimensions import DataCoordinate, DimensionRecord


class _Line(msgspec.Struct, frozen=True, tag_field="type"):
    """One line."""


class DataCoordinateRows(_Line, frozen=True, tag="data_coordinate"):
    """Data IDs."""

    rows: list[DataCoordinate]


class DimensionRecordRows(_Line, frozen=True, tag="dimension_record"):
    """Records of one dimension element."""

    rows: list[DimensionRecord]


class DatasetRefRows(_Line, frozen=True, tag="dataset_ref"):
    """Datasets."""

    rows: list[DatasetRef]


class KeepAliveLine(_Line, frozen=True, tag="keep-alive"):
    """Nothing yet."""


class ErrorDetail(msgspec.Struct, frozen=True):
    """What a single request would have been told."""

    error_type: str
    detail: str


class ErrorLine(_Line, frozen=True, tag="error"):
    """The query has failed; nothing that came before it counts."""

    error: ErrorDetail


ResultLine: TypeAlias = (
    DataCoordinateRows
    | DimensionRecordRows
    | DatasetRefRows
    | KeepAliveLine
    | ErrorLine
)
"""A line of a result, but for those of tables."""


class ExplainResponse(msgspec.Struct, frozen=True):
    """Answer of ``POST v1/query/explain``: why there are no rows."""

    messages: list[str]

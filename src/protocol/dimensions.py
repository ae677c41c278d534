"""Dimension records and data coordinates on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from .limits import MAX_DATA_ID_KEYS
from .scalars import DataIdValue

RequestDataId = Annotated[
    dict[str, int | float | bool | str], msgspec.Meta(max_length=MAX_DATA_ID_KEYS)
]
"""A data ID as a client may write it: keys are dimensions, ``dimension.field``
pairs or bare metadata names. Integral floats and booleans count as integers."""

DataId = dict[str, DataIdValue]
"""Values by dimension."""


class DimensionRecord(msgspec.Struct, frozen=True):
    """One row of a dimension element's table, all columns present.

    ``record`` maps column names to wire values: regions and hashes in hexadecimal,
    timespans as two-element arrays.
    """

    definition: str
    record: Mapping[str, Any]


class DataCoordinate(msgspec.Struct, frozen=True, rename={"data_id": "dataId"}):
    """A data ID in data-coordinate order, optionally with its records."""

    data_id: DataId
    records: dict[str, DimensionRecord] | None = None


class UniverseResponse(msgspec.Struct, frozen=True):
    """Answer of ``GET v1/universe``."""

    universe: dict[str, Any]


class ExpandDataIdRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/expand_data_id``: primary dimension keys only."""

    data_id: RequestDataId


class ExpandDataIdResponse(msgspec.Struct, frozen=True):
    """Answer of ``POST v1/expand_data_id``."""

    data_coordinate: DataCoordinate

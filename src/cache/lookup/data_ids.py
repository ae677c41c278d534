"""Data IDs as people write them, brought to the values that a search needs.

A data ID may name records instead of keys: ``detector="R02_S01"``,
``{"exposure.obs_id": …}``, ``day_obs=…, seq_num=…``. `resolve_data_id` replaces
these by primary keys; `standardize` then picks the required values of a dataset
type. Source of the rules: `find_dataset` and `expandDataId` of a DirectButler.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...protocol.dimensions import DataId, RequestDataId
from ...protocol.errors import (
    BadRequestError,
    DimensionNameError,
    DimensionValueError,
    InvalidQueryError,
)
from ...protocol.scalars import DataIdValue
from ...registry import DimensionGroup, DimensionUniverse, RegisteredDatasetType
from ..snapshot import Snapshot
from .record_search import RecordSearch, find_record, has_field
from .view import View

_MAX_INTEGER = 2**63

Conditions = dict[str, dict[str, DataIdValue]]


def read_data_id(data_id: RequestDataId, *, field: str = "data_id") -> DataId:
    """Check the values of a data ID that came over the wire.

    Integral floats and booleans count as integers, as in the stock server.

    Raises
    ------
    BadRequestError
        If a value is neither an integer of 64 bits nor a string.
    """
    return {key: _read_value(key, value, field) for key, value in data_id.items()}


def _read_value(key: str, value: float | str, field: str) -> DataIdValue:
    if isinstance(value, str):
        if "\0" in value:
            raise BadRequestError(f"{field}.{key}: a string may not contain NUL")
        return value
    if isinstance(value, float) and not value.is_integer():
        raise BadRequestError(f"{field}.{key}: {value} is not an integer or a string")
    number = int(value)
    if not -_MAX_INTEGER <= number < _MAX_INTEGER:
        raise BadRequestError(f"{field}.{key}: {number} does not fit into 64 bits")
    return number


def read_defaults(snapshot: Snapshot, data_id: RequestDataId) -> DataId:
    """Check a default data ID: dimension names only, dependencies included.

    Raises
    ------
    DimensionNameError
        If a key is not a dimension, or a required dimension of one is missing.
    """
    defaults = read_data_id(data_id, field="default_data_id")
    group = snapshot.universe.group(defaults)
    standardize(group, defaults, {})
    return defaults


def standardize(group: DimensionGroup, data_id: DataId, defaults: DataId) -> DataId:
    """Return the required values of ``group``; whatever else is given is ignored.

    Raises
    ------
    DimensionNameError
        If a required value is given nowhere.
    """
    values = {}
    for name in group.required:
        value = data_id.get(name, defaults.get(name))
        if value is None:
            raise DimensionNameError(
                f"No value in data ID ({data_id}) for required dimension {name!r}."
            )
        values[name] = value
    return values


async def resolve_data_id(
    view: View,
    dataset_type: RegisteredDatasetType,
    data_id: DataId,
    defaults: DataId,
) -> DataId:
    """Return a data ID that has dimension names as its only keys.

    Raises
    ------
    DimensionValueError
        If a key is unknown, or its record is missing, ambiguous or contradicted.
    InvalidQueryError
        If a condition cannot be searched for.
    """
    universe = view.snapshot.universe
    values, conditions, free = _split(universe, data_id)
    if free:
        _assign(universe, dataset_type, free, conditions)
    for name, fields in conditions.items():
        search = RecordSearch(view, name, fields, values, defaults)
        if name in values:
            await search.check()
        else:
            record = await find_record(search)
            key = universe.elements[name].primary_key.name
            values[name] = record.values[key]
    return values


def _split(
    universe: DimensionUniverse, data_id: DataId
) -> tuple[DataId, Conditions, DataId]:
    """Return dimension values, conditions on records, and keys yet to be placed."""
    values: DataId = {}
    conditions: Conditions = {}
    free: DataId = {}
    for key, value in data_id.items():
        name, dot, record_field = key.partition(".")
        element = universe.dimension(name)
        if dot:
            if element is None or not has_field(element, record_field):
                raise DimensionValueError(
                    f"Unrecognized keyword args given: {{{key!r}}}"
                )
            conditions.setdefault(name, {})[record_field] = value
        elif element is None:
            free[key] = value
        elif element.primary_key.accepts(value):
            values[key] = value
        else:
            alternate = next(
                (k for k in element.alternate_keys if k.accepts(value)), None
            )
            if alternate is None:
                values[key] = value
            else:
                conditions.setdefault(name, {})[alternate.name] = value
    return values, conditions, free


def _assign(
    universe: DimensionUniverse,
    dataset_type: RegisteredDatasetType,
    free: Mapping[str, Any],
    conditions: Conditions,
) -> None:
    """Place bare metadata names on the dimensions that have them.

    Of several, the dataset type's own are preferred, otherwise ``exposure`` over
    ``visit``; then the one with most of the names, and then universe order decides.
    """
    own = dataset_type.group.names
    candidates = dict.fromkeys(own)
    if dataset_type.is_calibration:
        elements = universe.elements.values()
        candidates |= {e.name: None for e in elements if e.is_dimension and e.temporal}
    owners = {
        key: [n for n in candidates if key in universe.elements[n].facts]
        for key in free
    }
    unknown = {key for key, names in owners.items() if not names}
    if unknown:
        raise DimensionValueError(f"Unrecognized keyword args given: {unknown}")
    counts = Counter(name for names in owners.values() for name in names)
    for key, names in owners.items():
        preferred = [n for n in names if n in own]
        if not preferred:
            preferred = ["exposure"] if set(names) == {"exposure", "visit"} else names
        chosen = max(preferred, key=lambda name: counts[name])
        conditions.setdefault(chosen, {})[key] = free[key]


def check_types(group: DimensionGroup, values: DataId) -> None:
    """Check that required values have their dimension's type before searching.

    Raises
    ------
    InvalidQueryError
        If one has not; its comparison would be refused by the database.
    """
    for name, value in values.items():
        column = group.universe_elements[name].primary_key
        if not column.accepts(value):
            other = "string" if isinstance(value, str) else "int"
            raise InvalidQueryError(
                f"Column types for comparison {name} == {value!r} do not agree "
                f"({column.type}, {other})."
            )

"""Body of ``query/all_datasets``: datasets of several types in one answer.

The condition goes to the server as it is: what its names stand for differs from one
dataset type to the next.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from ...protocol.scalars import DataIdValue
from ..errors import InvalidQueryError
from ..where import literal
from .limits import sent_limit
from .selection import Scope, Selection


def all_datasets(
    scope: Scope,
    selection: Selection,
    dataset_types: Sequence[str],
    collections: Sequence[str],
    *,
    find_first: bool = True,
    with_dimension_records: bool = False,
) -> dict[str, Any]:
    """Return the body that asks for datasets of several types.

    Parameters
    ----------
    scope
        Where it is asked.
    selection
        Which of them are wanted; they have no order.
    dataset_types
        Names and globs.
    collections
        Names and globs, in the order of the search.
    find_first
        Whether only the first dataset of a type with a data ID is wanted.
    with_dimension_records
        Whether data IDs are wanted with their records.

    Raises
    ------
    InvalidQueryError
        If a value in ``bind`` is none of a column, or one in the data ID none of a
        dimension.
    """
    return {
        "collections": list(collections),
        "name": list(dataset_types),
        "find_first": find_first,
        "data_id": {key: _value(key, v) for key, v in selection.data_id.items()},
        "default_data_id": dict(scope.default_data_id),
        "where": selection.where,
        "bind": {name: _bound(name, value) for name, value in selection.bind.items()},
        "limit": sent_limit(selection.limit),
        "with_dimension_records": with_dimension_records,
    }


def _value(dimension: str, value: object) -> DataIdValue:
    if isinstance(value, str):
        return str(value)
    # numpy has such integers, and tables in which a column of them became floats.
    if isinstance(value, Integral) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise InvalidQueryError(f"Data ID {dimension}={value!r}: give an int or a str.")


def _bound(name: str, value: object) -> dict[str, Any]:
    try:
        return literal(value).wire
    except ValueError as error:
        raise InvalidQueryError(f"bind {name}={value!r}: {error}") from error

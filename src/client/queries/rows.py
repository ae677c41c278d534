"""Bodies of ``query/execute`` and ``query/explain``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...protocol.datasets import DatasetType
from ..errors import InvalidQueryError
from ..universe import DimensionGroup
from ..where import Names, condition, order_terms
from .limits import sent_limit
from .selection import Scope, Selection

Body = dict[str, Any]


def dataset_refs(
    scope: Scope,
    selection: Selection,
    dataset_type: DatasetType,
    collections: Sequence[str],
    *,
    find_first: bool = True,
    with_dimension_records: bool = False,
    storage_class: str | None = None,
) -> Body:
    """Return the body that asks for datasets of one type.

    Parameters
    ----------
    scope
        Where it is asked.
    selection
        Which of them are wanted.
    dataset_type
        The type as the repository knows it.
    collections
        Names of collections, without globs, in the order of the search.
    find_first
        Whether only the first dataset with a data ID is wanted.
    with_dimension_records
        Whether data IDs are wanted with their records.
    storage_class
        Name of the storage class to tell, if not the dataset type's.

    Raises
    ------
    InvalidQueryError
        If the selection has no meaning for these datasets.
    DimensionNameError
        If its data ID has a key that is no dimension.
    """
    group = scope.universe.group(dataset_type.dimensions)
    search = {"collections": list(collections), "dimensions": list(group)}
    result = {
        "result_type": "dataset_ref",
        "dataset_type_name": dataset_type.name,
        "dimensions": list(group),
        "storage_class_name": storage_class or dataset_type.storage_class,
        "include_dimension_records": with_dimension_records,
        "find_first": find_first,
    }
    return _body(scope, selection, group, result, {dataset_type.name: search})


def data_ids(
    scope: Scope,
    selection: Selection,
    dimensions: str | Iterable[str],
    *,
    with_dimension_records: bool = False,
) -> Body:
    """Return the body that asks for data IDs.

    Parameters
    ----------
    scope
        Where it is asked.
    selection
        Which of them are wanted.
    dimensions
        Dimensions that the data IDs have; what they need is added.
    with_dimension_records
        Whether data IDs are wanted with their records.

    Raises
    ------
    InvalidQueryError
        If the selection has no meaning for these data IDs.
    DimensionNameError
        If what should be a dimension is none.
    """
    group = scope.universe.group(dimensions)
    result = {
        "result_type": "data_coordinate",
        "dimensions": list(group),
        "include_dimension_records": with_dimension_records,
    }
    return _body(scope, selection, group, result, {})


def dimension_records(scope: Scope, selection: Selection, element: str) -> Body:
    """Return the body that asks for the records of one element.

    Parameters
    ----------
    scope
        Where it is asked.
    selection
        Which of them are wanted.
    element
        Name of the element.

    Raises
    ------
    InvalidQueryError
        If the selection has no meaning for these records.
    DimensionNameError
        If there is no such element, or the data ID has a key that is no dimension.
    """
    group = scope.universe.group(element)
    result = {"result_type": "dimension_record", "element": element}
    return _body(scope, selection, group, result, {})


def explanation(body: Body) -> Body:
    """Return the body that asks why a query had no results."""
    return {"query": body["query"], "execute": True}


def _body(
    scope: Scope,
    selection: Selection,
    group: DimensionGroup,
    result: dict[str, Any],
    datasets: Mapping[str, Any],
) -> Body:
    names = Names(scope.universe, group, datasets.keys(), selection.bind)
    predicate = condition(names, selection.where, selection.data_id)
    if foreign := predicate.datasets - datasets.keys():
        raise InvalidQueryError(
            f"The condition needs datasets that are not searched for: "
            f"{', '.join(sorted(foreign))}."
        )
    order_by = order_terms(names, selection.order_by)
    return {
        "query": {
            "tree": {
                "dimensions": [*scope.universe.group({*group, *predicate.dimensions})],
                "datasets": datasets,
                "any_dataset": None,
                "data_coordinate_uploads": {},
                "materializations": {},
                "predicate": predicate.wire,
                "validateGovernorConstraints": True,
            },
            "default_data_id": scope.default_data_coordinate,
            "additional_query_inputs": [],
        },
        "result_spec": {
            **result,
            "order_by": [term.wire for term in order_by],
            "limit": sent_limit(selection.limit),
            "allow_duplicate_overlaps": False,
        },
    }

"""What each collection may contain: dataset types and governor values.

A summary can be too wide, never too narrow: what it does not list is not there.
CHAINED collections have none of their own; theirs is the union of their members'.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...protocol.scalars import DataIdValue
from ...registry import DimensionGroup
from .collections import Collection

_NOTHING: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Summary:
    """Union of the summaries of some collections."""

    dataset_type_ids: frozenset[int]
    governors: Mapping[str, frozenset[DataIdValue]]


class SummaryCatalog:
    """Summaries of all collections that are not chains.

    Parameters
    ----------
    dataset_types
        Rows (collection key, dataset type id).
    governors
        For each governor dimension, rows (collection key, value).
    """

    def __init__(
        self,
        dataset_types: Iterable[tuple[Any, int]],
        governors: Mapping[str, Iterable[tuple[Any, DataIdValue]]],
    ) -> None:
        self._dataset_types = _grouped(dataset_types)
        self._governors = {name: _grouped(rows) for name, rows in governors.items()}

    def lists(self, collection: Collection, dataset_type_id: int) -> bool:
        """Tell whether a collection can have datasets of a type at all."""
        return dataset_type_id in self._dataset_types.get(collection.key, _NOTHING)

    def may_hold(
        self,
        collection: Collection,
        dataset_type_id: int,
        group: DimensionGroup,
        values: Mapping[str, DataIdValue],
    ) -> bool:
        """Tell whether a collection can have a dataset with these values."""
        key = collection.key
        return self.lists(collection, dataset_type_id) and all(
            values[name] in self._governors[name].get(key, _NOTHING)
            for name in group.governors
        )

    def dataset_type_ids(self, collections: Iterable[Collection]) -> frozenset[int]:
        """Return the ids of the dataset types that several collections may hold."""
        return _union(self._dataset_types, (c.key for c in collections))

    def union(self, collections: Iterable[Collection]) -> Summary:
        """Return the summary of several collections together; chains add nothing.

        Neither does a collection without dataset types: governor values outlive the
        datasets that brought them.
        """
        keys = [c.key for c in collections if self._dataset_types.get(c.key)]
        return Summary(
            _union(self._dataset_types, keys),
            {name: _union(of, keys) for name, of in self._governors.items()},
        )


def _grouped(rows: Iterable[tuple[Any, Any]]) -> dict[Any, frozenset[Any]]:
    grouped: dict[Any, set[Any]] = {}
    for key, value in rows:
        grouped.setdefault(key, set()).add(value)
    # Most collections hold the same few things: they share one set.
    known: dict[frozenset[Any], frozenset[Any]] = {}
    frozen = ((key, frozenset(values)) for key, values in grouped.items())
    return {key: known.setdefault(values, values) for key, values in frozen}


def _union(of: Mapping[Any, frozenset[Any]], keys: Iterable[Any]) -> frozenset[Any]:
    return frozenset().union(*(of.get(key, _NOTHING) for key in keys))

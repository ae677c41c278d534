"""What an identifier stands for in one query.

In this order: a value of ``bind``, a dimension, a column of any element or dataset type
that the query has; with dots the column of a named element or dataset type, and the
bounds of a timespan. Named elements need not be part of the query yet.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from ..universe import DimensionGroup, Element, Universe
from .literals import literal
from .operands import Operand, bound, dataset_field, dimension_field, dimension_key

DATASET_FIELDS = {
    "dataset_id": "uuid",
    "ingest_date": "ingest_date",
    "run": "string",
    "collection": "string",
    "timespan": "timespan",
}
_FIELDS_TEXT = ", ".join(DATASET_FIELDS)


class Names(msgspec.Struct, frozen=True):
    """The names that a query knows.

    Parameters
    ----------
    universe
        All elements there are.
    group
        Dimensions of the query's results.
    datasets
        Dataset types of the query's results.
    bind
        Values by name.
    """

    universe: Universe
    group: DimensionGroup
    datasets: AbstractSet[str] = frozenset()
    bind: Mapping[str, Any] = {}

    def several(self, name: str) -> list[Operand] | None:
        """Return the values of a bind name that has several, otherwise `None`.

        Raises
        ------
        ValueError
            If one of them is no value of a column.
        """
        values = self.bind.get(name)
        if not isinstance(values, (list, tuple, AbstractSet)):
            return None
        return [literal(value) for value in values]

    def resolve(self, identifier: str) -> Operand:
        """Return what an identifier stands for.

        Raises
        ------
        ValueError
            If it stands for nothing, could stand for several things, or is bound to
            what is no value of a column.
        """
        if identifier in self.bind:
            return literal(self.bind[identifier])
        owner, _, field = identifier.rpartition(".")
        if not owner:
            return self._bare(identifier)
        if field in {"begin", "end"} and (owner == "timespan" or "." in owner):
            return bound(self.resolve(owner), field)
        if owner in self.universe.elements:
            return self._field(self.universe.elements[owner], field)
        if field in DATASET_FIELDS:
            return dataset_field(owner, field, DATASET_FIELDS[field])
        if owner in self.datasets:
            raise ValueError(f"Datasets have no {field!r}, but {_FIELDS_TEXT}.")
        raise _unknown(identifier)

    def _bare(self, name: str) -> Operand:
        element = self.universe.elements.get(name)
        if element is not None and element.is_dimension:
            return dimension_key(element)
        owners = self._owners(name)
        if not owners:
            raise _unknown(name)
        if len(owners) > 1:
            choices = ", ".join(sorted(f"{owner}.{name}" for owner, _ in owners))
            raise ValueError(f"Ambiguous name {name!r}; write one of {choices}.")
        return owners[0][1]

    def _owners(self, field: str) -> list[tuple[str, Operand]]:
        """Return whatever in the query has a column of that name, and the column."""
        elements = map(self.universe.element, self.group.elements)
        owners = [(e.name, self._field(e, field)) for e in elements if e.column(field)]
        if field in DATASET_FIELDS:
            type_ = DATASET_FIELDS[field]
            owners += [(d, dataset_field(d, field, type_)) for d in self.datasets]
        return owners

    def _field(self, element: Element, field: str) -> Operand:
        column = element.column(field)
        if column is None:
            columns = ", ".join(column.name for column in element.columns)
            raise ValueError(f"{element.name} has no {field!r}; it has {columns}.")
        if column.dimension is None:
            return dimension_field(element, column)
        return dimension_key(self.universe.element(column.dimension))


def _unknown(name: str) -> ValueError:
    return ValueError(
        f"Unknown name {name!r}; names are dimensions, columns as in visit.seq_num or "
        "bias.run, and those in bind."
    )

"""Dimension records of large elements: visits, exposures, patches and the like.

They are joined to whatever a lookup starts from, each by its primary key, in the
order in which their keys become known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    literal,
    select,
    true,
)

from ...protocol.scalars import DataIdValue
from ..columns import sql_type
from ..dimensions import DimensionGroup, Element
from ..moment import Marked
from ..records import RecordReader
from ..schema import Schema

Record = dict[str, Any]


def dimension_parameter(schema: Schema, name: str) -> ColumnElement[Any]:
    """Return the bind parameter for the value of a dimension."""
    key = schema.universe.elements[name].primary_key
    return bindparam(f"dimension_{name}", type_=sql_type(key))


def dimension_parameters(values: Mapping[str, DataIdValue]) -> dict[str, Any]:
    """Return what to bind for the values of a data ID."""
    return {f"dimension_{name}": value for name, value in values.items()}


class RecordJoins:
    """Outer joins of the large elements of a group, and the columns they add.

    Parameters
    ----------
    schema
        Tables of the repository.
    group
        Dimensions of the data ID.
    known
        SQL expression for each dimension value that is known beforehand; others
        are taken from the records that imply them.
    elements
        Elements to fetch, a subset of those of the group.
    """

    def __init__(
        self,
        schema: Schema,
        group: DimensionGroup,
        known: Mapping[str, ColumnElement[Any]],
        elements: Sequence[Element],
    ) -> None:
        self._schema = schema
        self._known = dict(known)
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self._joined: set[str] = set()
        self._group = group
        self.columns: list[ColumnElement[Any]] = []
        self._readers: list[RecordReader] = []
        for element in group.lookup_order:
            if element in elements:
                table = self._join(element)
                self.columns += schema.record_columns(element, table)
                self._readers.append(RecordReader(element))

    def _join(self, element: Element) -> FromClause:
        table = self._schema.elements[element.name].alias(f"dimension_{element.name}")
        conditions = [
            table.c[element.column_of(name)] == self._value(name)
            for name in element.required
        ]
        self._joins.append((table, and_(true(), *conditions)))
        self._joined.add(element.name)
        for name in element.implied:
            self._known.setdefault(name, table.c[name])
        return table

    def _value(self, name: str) -> ColumnElement[Any]:
        if name not in self._known:
            # Implied by an element that is not fetched: join it for this value.
            by = next(e for e in self._group.elements if name in e.implied)
            self._join(by)
        return self._known[name]

    def apply(self, source: FromClause) -> FromClause:
        """Return ``source`` with all joins."""
        for table, condition in self._joins:
            source = source.outerjoin(table, condition)
        return source

    def read(self, values: Sequence[Any]) -> dict[str, Record | None]:
        """Return the records by element name; `None` where there is no row."""
        records = {}
        start = 0
        for reader in self._readers:
            end = start + reader.width
            records[reader.element.name] = reader.read_joined(values[start:end])
            start = end
        return records


class FetchRecords:
    """Fetches all large records of one data ID, of which there is at least one.

    Parameters
    ----------
    schema
        Tables of the repository.
    group
        Dimensions of the data ID.
    known
        Dimensions whose values will be given.
    """

    def __init__(
        self, schema: Schema, group: DimensionGroup, known: Sequence[str]
    ) -> None:
        values = {name: dimension_parameter(schema, name) for name in known}
        self._joins = RecordJoins(schema, group, values, large_elements(group))
        start = select(literal(1).label("one")).subquery("start")
        statement = select(*self._joins.columns).select_from(self._joins.apply(start))
        self.statement = Marked(statement, schema.dialect)

    def read(self, row: Sequence[Any]) -> dict[str, Record | None]:
        """Return the records by element name."""
        return self._joins.read(tuple(row))


def large_elements(group: DimensionGroup) -> list[Element]:
    """Return the elements of a group whose records no snapshot holds."""
    return [e for e in group.lookup_order if not e.small and e.has_table]


def search_records(
    schema: Schema, element: Element, conditions: Mapping[str, Any], limit: int
) -> tuple[Marked, RecordReader]:
    """Return a search for records with exactly these column values.

    ``conditions`` maps column names to a value, or to a list of admitted values.
    """
    table = schema.elements[element.name]
    columns = schema.record_columns(element, table)
    statement = select(*columns).order_by(
        *(table.c[element.column_of(name)] for name in element.required)
    )
    for name, value in conditions.items():
        column = table.c[name]
        is_list = isinstance(value, list)
        statement = statement.where(column.in_(value) if is_list else column == value)
    return Marked(statement.limit(limit), schema.dialect), RecordReader(element)

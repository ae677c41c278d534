"""Whole tables, or the part of one that belongs to something, page by page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    func,
    select,
    tuple_,
)

from ..columns import timespan_bounds
from ..dataset_types import RegisteredDatasetType
from ..dimensions import Element
from ..moment import Marked
from ..schema import Schema

Place = tuple[Any, ...]
"""Where a page ended: values of the columns that it is ordered by."""

Page = tuple[list[tuple[Any, ...]], Place | None]
"""Rows, and where to go on; `None`: that was all."""


class PagedTable:
    """Reads rows in an order that tells each from all others.

    Parameters
    ----------
    schema
        Tables of the repository.
    statement
        What to read.
    order
        Columns that no two rows have in common, none of them NULL.
    """

    def __init__(
        self,
        schema: Schema,
        statement: Select[Any],
        order: Sequence[ColumnElement[Any]],
    ) -> None:
        self._width = len(order)
        # No join keeps an order for certain, and a moment is joined to each answer.
        rank = func.row_number().over(order_by=order)
        page = statement.add_columns(*order, rank.label("rank")).order_by(*order)
        page = page.limit(bindparam("page_size", type_=BigInteger()))
        after = [bindparam(f"after_{i}", type_=c.type) for i, c in enumerate(order)]
        rest = page.where(tuple_(*order) > tuple_(*after))
        self._first = Marked(page, schema.dialect)
        self._rest = Marked(rest, schema.dialect)

    def statement(self, after: Place | None) -> Marked:
        """Return the statement for the page after a place."""
        return self._first if after is None else self._rest

    def parameters(self, after: Place | None, size: int) -> dict[str, Any]:
        """Return what to bind."""
        return {"page_size": size, **page_parameters(after)}

    def read(self, rows: Sequence[Sequence[Any]], size: int) -> Page:
        """Return a page, of which at most ``size`` rows were asked for."""
        ranked = sorted(rows, key=lambda row: row[-1])
        found = [tuple(row[:-1]) for row in ranked]
        return found, None if len(found) < size else found[-1][-self._width :]


def page_parameters(place: Place | None) -> dict[str, Any]:
    """Return what to bind for the page after a place."""
    return {f"after_{i}": value for i, value in enumerate(place or ())}


def validity_ranges(schema: Schema, dataset_type: RegisteredDatasetType) -> PagedTable:
    """Return the validity ranges of the datasets of a type in one collection."""
    table = schema.calibs(dataset_type.calibs_table or "", dataset_type.group)
    key = table.c[schema.attributes.collection_key]
    begin, end = timespan_bounds(table)
    statement = select(end).where(
        table.c.dataset_type_id == bindparam("dataset_type_id", type_=BigInteger()),
        key == bindparam("collection", type_=key.type),
    )
    return PagedTable(schema, statement, (table.c.dataset_id, begin))


def element_records(schema: Schema, element: Element) -> PagedTable:
    """Return all records of an element that has a table of its own."""
    table = schema.elements[element.name]
    order = [table.c[element.column_of(name)] for name in element.required]
    return PagedTable(schema, select(*schema.record_columns(element, table)), order)

"""JSON built inside a statement, as text, on both kinds of database.

Used to bring a varying number of values home in one column of one row. Only
integers and strings go through it: SQLite would round floating-point numbers.
"""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func


def json_array(dialect: str, *columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return one JSON array of ``columns``."""
    if dialect == "postgresql":
        return func.json_build_array(*columns)
    return func.json_array(*columns)


def json_array_aggregate(
    dialect: str, element: ColumnElement[Any]
) -> ColumnElement[str | None]:
    """Return the JSON array of ``element`` over all rows, as text."""
    if dialect == "postgresql":
        return as_text(func.json_agg(element))
    return as_text(func.json_group_array(element))


def as_text(value: ColumnElement[Any]) -> ColumnElement[str | None]:
    """Return a JSON value as text, which drivers leave alone."""
    return cast(value, Text)

"""How column types of a Butler database become values of the wire.

Regions and hashes are base64 text in the database and hexadecimal on the wire;
timespans are read as two integers on both kinds of database.
"""

import base64
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Dialect,
    Float,
    String,
    Text,
    TypeDecorator,
    case,
    func,
    literal,
)
from sqlalchemy.dialects.postgresql import INT8RANGE
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import TypeEngine

from ..protocol.scalars import TIMESPAN_MAX, TIMESPAN_MIN
from .dimensions import Column


class HexText(TypeDecorator[str]):
    """Base64 text in the database, lower-case hexadecimal in Python."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decode one value."""
        del dialect
        return None if value is None else base64.b64decode(value).hex()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encode one value."""
        del dialect
        if value is None:
            return None
        return base64.b64encode(bytes.fromhex(value)).decode()


_SQL_TYPES: dict[str, TypeEngine[Any]] = {
    "int": BigInteger(),
    "string": String(),
    "float": Float(53),
    "bool": Boolean(),
    "hash": HexText(),
    "region": HexText(),
}


def sql_type(column: Column) -> TypeEngine[Any]:
    """Return the SQL type of any column but a timespan."""
    return _SQL_TYPES[column.type]


TimespanBounds = tuple[ColumnElement[Any], ColumnElement[Any]]


def timespan_bounds(table: FromClause) -> TimespanBounds:
    """Return begin and end of a table's timespan as integers of the wire.

    PostgreSQL stores an unbounded side as an open range; both bounds are NULL if
    the timespan is.
    """
    if "timespan_begin" in table.c:
        return table.c.timespan_begin, table.c.timespan_end
    span = table.c.timespan
    low, high = literal(TIMESPAN_MIN, BigInteger), literal(TIMESPAN_MAX, BigInteger)
    begin = case(
        (func.isempty(span), high),
        (func.lower_inf(span), low),
        else_=func.lower(span, type_=BigInteger),
    )
    end = case(
        (func.isempty(span), low),
        (func.upper_inf(span), high),
        else_=func.upper(span, type_=BigInteger),
    )
    return begin, end


def timespans_overlap(a: FromClause, b: FromClause) -> ColumnElement[bool]:
    """Return the condition that the timespans of two tables overlap."""
    if "timespan_begin" in a.c:
        return overlaps_bounds(a, b.c.timespan_begin, b.c.timespan_end)
    return a.c.timespan.op("&&", is_comparison=True)(b.c.timespan)


def has_timespan(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a row's timespan is neither NULL nor empty."""
    begin, end = timespan_bounds(table)
    return begin < end


def overlaps_bounds(
    table: FromClause, begin: ColumnElement[Any], end: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Return the condition that a table's timespan overlaps ``[begin, end)``."""
    if "timespan_begin" in table.c:
        return (table.c.timespan_end > begin) & (table.c.timespan_begin < end)
    low = func.nullif(begin, literal(TIMESPAN_MIN, BigInteger), type_=BigInteger)
    high = func.nullif(end, literal(TIMESPAN_MAX, BigInteger), type_=BigInteger)
    wanted = func.int8range(low, high, type_=INT8RANGE)
    return table.c.timespan.op("&&", is_comparison=True)(wanted)

"""What rows are sorted by."""

from collections.abc import Iterable

import msgspec

from ..errors import InvalidQueryError
from .names import Names
from .operands import Operand, backwards, check_ordered


def order_terms(names: Names, order_by: str | Iterable[str]) -> list[Operand]:
    """Return the columns that rows are sorted by.

    Parameters
    ----------
    names
        The names that may be used.
    order_by
        Names of columns, or one of them; ``-`` in front puts the largest first.

    Raises
    ------
    InvalidQueryError
        If one is no column that rows of these results can be sorted by.
    """
    columns = msgspec.structs.replace(names, bind={})
    wanted = [order_by] if isinstance(order_by, str) else order_by
    return [_term(columns, text) for text in wanted]


def _term(names: Names, text: str) -> Operand:
    name = text.removeprefix("-")
    try:
        column = names.resolve(name)
        check_ordered(column)
    except ValueError as error:
        raise InvalidQueryError(f"order_by {text!r}: {error}") from error
    if not column.dimensions <= {*names.group} or not column.datasets <= names.datasets:
        raise InvalidQueryError(
            f"order_by {text!r} is not part of the results; sort by columns of "
            f"{', '.join([*names.group, *names.datasets])}."
        )
    return backwards(column) if text.startswith("-") else column

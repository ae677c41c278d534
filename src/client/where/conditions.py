"""Everything that rows must fulfil: an expression, and a data ID."""

from collections.abc import Mapping

from ..errors import InvalidQueryError
from .grammar import parse
from .literals import literal
from .meaning import Meaning
from .names import Names
from .normal_form import Predicate
from .operands import dimension_key
from .predicates import compare
from .values import Values


def condition(names: Names, where: str, data_id: Mapping[str, object]) -> Predicate:
    """Return what an expression and a data ID ask for.

    Parameters
    ----------
    names
        The names that the expression may use.
    where
        The expression; empty, if all rows are wanted.
    data_id
        Values by dimension.

    Raises
    ------
    InvalidQueryError
        If one of them has no meaning.
    DimensionNameError
        If a key of the data ID is no dimension.
    """
    values = [_has_value(names, key, value) for key, value in data_id.items()]
    return Predicate.all_of([_expression(names, where), *values])


def _expression(names: Names, where: str) -> Predicate:
    try:
        node = parse(where)
        return Predicate() if node is None else Meaning(Values(where, names)).of(node)
    except RecursionError:
        raise InvalidQueryError(
            "The expression is nested too deeply; ask in several queries."
        ) from None


def _has_value(names: Names, dimension: str, value: object) -> Predicate:
    column = dimension_key(names.universe.dimension(dimension))
    try:
        return Predicate.of(compare(column, "==", literal(value)))
    except ValueError as error:
        raise InvalidQueryError(f"Data ID {dimension}={value!r}: {error}") from error

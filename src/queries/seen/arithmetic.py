"""Calculations in predicates.

A database may test a predicate on rows that another one cuts out: one that fails for
some values, by a division by zero or a number that is too large, would tell of them.
"""

from typing import Any

from lsst.daf.butler.queries import tree as qt
from pydantic import BaseModel


def has_arithmetic(node: Any) -> bool:
    """Tell whether any part of a predicate calculates with columns."""
    if isinstance(node, qt.BinaryExpression):
        return not (node.a.is_literal and node.b.is_literal)
    if isinstance(node, BaseModel):
        return any(map(has_arithmetic, vars(node).values()))
    return isinstance(node, tuple | list) and any(map(has_arithmetic, node))

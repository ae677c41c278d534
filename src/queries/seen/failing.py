"""Predicates that a database may fail at.

A database may test a predicate on rows that another one cuts out: one that fails for
some values, by a division by zero, a number that is too large or a pattern that ends in
the middle of an escape, would tell of them.
"""

from typing import Any

from lsst.daf.butler.queries import tree as qt
from pydantic import BaseModel


def may_fail(node: Any) -> bool:
    """Tell whether any part of a predicate may fail for some values of columns."""
    if isinstance(node, qt.BinaryExpression):
        return not (node.a.is_literal and node.b.is_literal)
    if isinstance(node, BaseModel):
        return _is_escaped_glob(node) or any(map(may_fail, vars(node).values()))
    return isinstance(node, tuple | list) and any(map(may_fail, node))


def _is_escaped_glob(node: BaseModel) -> bool:
    if getattr(node, "operator", None) != "glob":
        return False
    sides = (getattr(node, name, None) for name in ("a", "b"))
    return any("\\" in str(getattr(side, "value", "")) for side in sides)

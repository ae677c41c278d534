"""How an expression is refused: with the part that is wrong, its place, and why.

Who finds what is wrong raises `ValueError`; who knows the text points at it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InvalidQueryError
from .nodes import Node


def refusal(text: str, start: int, stop: int, reason: object) -> InvalidQueryError:
    """Return the error for what stands at ``text[start:stop]``."""
    part = repr(text[start:stop]) if start < stop else "the end"
    return InvalidQueryError(
        f"{reason} (at {part}, position {start + 1} of the expression {text!r})"
    )


@contextmanager
def pointing_at(text: str, node: Node) -> Iterator[None]:
    """Point at the node, if what is done for it fails."""
    try:
        yield
    except ValueError as error:
        raise refusal(text, node.start, node.stop, error) from error

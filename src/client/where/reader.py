"""One word of an expression after the other, for those who know what should come."""

from collections.abc import Callable
from typing import TypeVar

from .refusal import refusal
from .tokens import Token, tokens

_T = TypeVar("_T")


class Reader:
    """A place in an expression.

    Parameters
    ----------
    expression
        What is read.

    Raises
    ------
    InvalidQueryError
        If it has characters that belong to no word.
    """

    def __init__(self, expression: str) -> None:
        self._text = expression
        self._tokens = list(tokens(expression))
        self._place = 0

    def sees(self, kind: str) -> bool:
        """Tell whether the next word is of a kind."""
        return self._tokens[self._place].kind == kind

    def takes(self, *kinds: str) -> Token | None:
        """Go on behind the next word, if it is of one of these kinds."""
        token = self._tokens[self._place]
        if token.kind not in kinds:
            return None
        self._place += token.kind != "end"
        return token

    def expect(self, what: str, *kinds: str) -> Token:
        """Go on behind the next word, which must be of one of these kinds.

        Raises
        ------
        InvalidQueryError
            If it is of another; ``what`` tells the user which.
        """
        token = self.takes(*kinds)
        if token is None:
            wrong = self._tokens[self._place]
            raise refusal(self._text, wrong.start, wrong.stop, f"Expected {what}.")
        return token

    def separated_by(self, kind: str, part: Callable[[], _T]) -> tuple[_T, ...]:
        """Read parts as long as words of this kind stand between them."""
        parts = [part()]
        while self.takes(kind):
            parts.append(part())
        return tuple(parts)

"""Takes the rows of a result as they come, a page in each line.

Rows count when the last line is there: what breaks off raises, and an error line after
rows is the error of the whole.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ...protocol.rows import ErrorLine, KeepAliveLine, ResultLine
from ..errors import user_error
from .limits import MOST_LINE_BYTES
from .messages import BodyError

_decoder = msgspec.json.Decoder(ResultLine)


def rows_of(kind: type) -> "Callable[[int, Mapping[str, str]], Rows]":
    """Return what takes the rows of an answer whose lines are of a class."""
    return lambda _, headers: Rows(kind, headers)


class Rows:
    """Rows of one kind.

    Parameters
    ----------
    kind
        Class of their lines.
    headers
        Of the answer.

    Raises
    ------
    BodyError
        If nobody could tell whether the answer is whole.
    """

    def __init__(self, kind: type, headers: Mapping[str, str]) -> None:
        if "content-length" not in headers and "transfer-encoding" not in headers:
            raise BodyError("nothing says where the answer ends")
        self._kind = kind
        self._rows: list[Any] = []
        self._pieces: list[bytes] = []
        self._pending_bytes = 0
        self._error: Exception | None = None

    def feed(self, chunk: bytes) -> None:
        """Take what comes next."""
        first, *others = chunk.split(b"\n")
        self._add(first)
        for piece in others:
            self._end_line()
            self._add(piece)

    def close(self) -> list[Any]:
        """Return all rows.

        Raises
        ------
        ButlerUserError
            If the server has told of one.
        """
        self._end_line()
        if self._error is not None:
            raise self._error
        return self._rows

    def _add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._pending_bytes += len(piece)
        if self._pending_bytes > MOST_LINE_BYTES:
            raise BodyError("a page of rows is larger than any should be")

    def _end_line(self) -> None:
        line = b"".join(self._pieces).strip()
        self._pieces.clear()
        self._pending_bytes = 0
        if line:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            page = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BodyError(f"a line of the answer makes no sense: {error}") from error
        if isinstance(page, ErrorLine):
            self._error = user_error(page.error.error_type, page.error.detail)
        elif isinstance(page, self._kind):
            self._rows += page.rows  # type: ignore[attr-defined]
        elif not isinstance(page, KeepAliveLine):
            raise BodyError(f"{type(page).__name__} were not asked for")

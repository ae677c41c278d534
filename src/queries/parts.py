"""Writes an answer into files of a folder, in parts of so many rows at most.

A part gets its name when it is complete and on the disk, and only then is it told to
the web process, with its digest. In memory is one page, whatever the size of the whole.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from lsst.daf.butler import InvalidQueryError

from ..protocol.query_work import FrameKind, PartsTarget, WrittenPart
from .pages import Sheet

Told = tuple[FrameKind, bytes, int]


class PartFile(Protocol):
    """A file that is being written."""

    def write(self, sheet: Sheet, rows: Sequence[Any]) -> None:
        """Add some rows of a sheet."""

    def close(self) -> None:
        """Complete and close the file."""


def write_parts(
    sheets: Iterator[Sheet], target: PartsTarget, max_bytes: int
) -> Iterator[Told]:
    """Write all rows; yield each part when it is complete, and a sign of life often.

    Raises
    ------
    InvalidQueryError
        If the files become larger than ``max_bytes`` together.
    """
    parts = _Parts(target, max_bytes)
    for sheet in sheets:
        rows = sheet.rows
        if not (rows or sheet.is_head):
            yield FrameKind.ROWS, b"", 0
            continue
        if parts.has_begun_another(sheet.subject):
            yield parts.end()
        while True:
            taken, rows = rows[: parts.room], rows[parts.room :]
            parts.write(sheet, taken)
            yield FrameKind.ROWS, b"", len(taken)
            if not parts.room:
                yield parts.end()
            if not rows:
                break
    if parts.is_open:
        yield parts.end()


class _Parts:
    """The part that is being written, and how many there were."""

    def __init__(self, target: PartsTarget, max_bytes: int) -> None:
        self._target = target
        self._folder = Path(target.folder)
        self._bytes_left = self._max_bytes = max_bytes
        self._number = 0
        self._rows = 0
        self._subject: Any = None
        self._file: PartFile | None = None

    @property
    def is_open(self) -> bool:
        """Whether a part has been begun."""
        return self._file is not None

    @property
    def room(self) -> int:
        """How many rows still fit into this part, or into a new one."""
        return self._target.rows - self._rows

    def has_begun_another(self, subject: Any) -> bool:
        """Tell whether rows of something else are in this part: with other columns."""
        return self.is_open and subject != self._subject

    def write(self, sheet: Sheet, rows: Sequence[Any]) -> None:
        """Add rows, to a new part if need be."""
        if self._file is None:
            self._number += 1
            self._subject = sheet.subject
            self._file = _open(self._target, self._temporary, sheet.subject)
        self._file.write(sheet, rows)
        self._rows += len(rows)

    def end(self) -> Told:
        """Complete this part; return what is told of it."""
        assert self._file is not None  # noqa: S101 - told to mypy
        self._file.close()
        path = self._folder / f"part-{self._number:05}.{self._target.format}"
        part = _publish(self._temporary, path, self._rows)
        self._file, self._rows = None, 0
        self._bytes_left -= part.bytes
        if self._bytes_left < 0:
            raise InvalidQueryError(
                f"The result has more than {self._max_bytes} bytes, the most that this "
                "server keeps of one query: ask in parts that a 'where' tells apart."
            )
        return FrameKind.PART, msgspec.msgpack.encode(part), 0

    @property
    def _temporary(self) -> Path:
        # A worker that was killed in the middle may have left one.
        return self._folder / f".{self._number:05}.{os.getpid()}"


class _Lines:
    """The lines of JSON that would have been sent."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, sheet: Sheet, rows: Sequence[Any]) -> None:
        """Add a line."""
        self._file.write(sheet.line(rows))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _open(target: PartsTarget, path: Path, subject: Any) -> PartFile:
    if target.format == "jsonl":
        return _Lines(path)
    from .parquet import ParquetFile

    return ParquetFile(path, subject)


def _publish(temporary: Path, path: Path, rows: int) -> WrittenPart:
    """Give a file its name, when what is in it is on the disk."""
    with temporary.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        size = file.tell()
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return WrittenPart(path.name, rows, size, digest)

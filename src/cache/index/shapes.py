"""What many datasets have in common: type, RUN, kinds of files, templates of paths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ...protocol.scalars import DataIdValue
from ...registry import FileRecord
from .path_templates import PathTemplate


class FileShape(msgspec.Struct, frozen=True, array_like=True):
    """What files of one kind have in common; stored once.

    Parameters
    ----------
    has_checksum
        Whether each comes with a checksum.
    text, places
        Those of its `PathTemplate`.
    """

    datastore: int
    formatter: str
    storage_class: str
    component: str | None
    has_checksum: bool
    text: str
    places: tuple[tuple[int, int], ...]


class DatasetShape(msgspec.Struct, frozen=True, array_like=True):
    """What datasets of one kind have in common; stored once.

    Parameters
    ----------
    dataset_type, run
        Numbers of their names in the index.
    files
        Numbers of their files' shapes.
    """

    dataset_type: int
    run: int
    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads the records of files of one shape."""

    shape: FileShape
    template: PathTemplate

    @classmethod
    def of(cls, shape: FileShape) -> "FileReader":
        """Return what reads files of a shape."""
        return cls(shape, PathTemplate(shape.text, shape.places))

    def read(
        self,
        values: Sequence[DataIdValue],
        varying: Iterator[Any],
        words: Sequence[str],
    ) -> FileRecord:
        """Return the record of one file; what varies is taken from the iterator."""
        shape = self.shape
        size = next(varying)
        checksum = next(varying) if shape.has_checksum else None
        return FileRecord(
            shape.datastore,
            self.template.fill(values, varying, words),
            shape.formatter,
            shape.storage_class,
            shape.component,
            checksum,
            size,
        )

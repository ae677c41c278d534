"""What many datasets have in common: type, RUN, kinds of files, templates of paths."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ...protocol.scalars import DataIdValue
from ...registry import FileRecord
from .layout import KeyPacker
from .path_templates import NUMBER, WORD, PathTemplate, picker


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
    run: Any
    files: tuple[int, ...]


class IndexedDataset(msgspec.Struct, frozen=True):
    """A dataset by its UUID.

    Parameters
    ----------
    dataset_type
        Its number in the index.
    run
        Key of its RUN.
    values
        Required values, in order.
    """

    dataset_type: int
    run: Any
    values: list[DataIdValue]
    files: tuple[FileRecord, ...]


_VALUES = 1  # of an entry: the number of its shape comes first


class DatasetReader:
    """Reads the entries of datasets of one shape.

    Parameters
    ----------
    shape
        What they have in common.
    width
        How many required values they have.
    packer
        Of these.
    names, words
        Values and parts of paths that have numbers.
    files
        Shapes of their files.
    """

    __slots__ = ("_end", "_files", "_names", "_packer", "_run", "_type")

    def __init__(
        self,
        shape: DatasetShape,
        width: int,
        packer: KeyPacker,
        names: Sequence[str],
        words: Sequence[str],
        files: Iterable[FileShape],
    ) -> None:
        self._type, self._run = shape.dataset_type, shape.run
        self._packer = packer
        self._names = names
        position = self._end = _VALUES + width
        self._files: list[FileReader] = []
        for file in files:
            reader = FileReader(file, position, words)
            self._files.append(reader)
            position = reader.end

    def read(self, entry: list[Any], *, files: bool) -> IndexedDataset:
        """Return the dataset of an entry, which is not needed any more."""
        return IndexedDataset(
            self._type,
            self._run,
            self._packer.unpack(entry[_VALUES : self._end], self._names),
            tuple([file.read(entry) for file in self._files]) if files else (),
        )


class FileReader:
    """Reads files of one shape at one place of an entry."""

    __slots__ = (
        "_arguments",
        "_checksum",
        "_numbered",
        "_shape",
        "_size",
        "_words",
        "end",
    )

    def __init__(self, shape: FileShape, start: int, words: Sequence[str]) -> None:
        template = PathTemplate(shape.text, shape.places)
        self._shape = shape
        self._words = words
        self._size = start
        self._checksum = start + 1 if shape.has_checksum else None
        varying = start + 1 + shape.has_checksum
        first_word = varying + template.count(NUMBER)
        self.end = first_word + template.count(WORD)
        self._numbered = range(first_word, self.end)
        self._arguments = picker(template.positions(_VALUES, varying))

    def read(self, entry: list[Any]) -> FileRecord:
        """Return the record of a file; its words take their numbers' places."""
        shape, words = self._shape, self._words
        for position in self._numbered:
            word = entry[position]
            if word.__class__ is int:
                entry[position] = words[word]
        return FileRecord(
            shape.datastore,
            shape.text % self._arguments(entry),
            shape.formatter,
            shape.storage_class,
            shape.component,
            None if self._checksum is None else entry[self._checksum],
            entry[self._size],
        )

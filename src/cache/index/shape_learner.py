"""Finds what datasets have in common, and encodes what they have not."""

from collections.abc import Sequence
from typing import Any

from ...registry import file_fields
from .layout import encode
from .path_templates import PathTemplate, TemplateLearner, Words
from .shapes import DatasetShape, FileShape

_FILE = slice(3, 10)
_VALUES = slice(10, None)

Row = Sequence[Any]
"""UUID, number of the type, RUN, the seven columns of a file, packed data ID."""


class ShapeLearner:
    """Gives numbers to shapes in the order in which datasets come."""

    def __init__(self) -> None:
        self._words = Words()
        self._templates: dict[tuple[Any, ...], _FileLearner] = {}
        self._files: dict[FileShape, int] = {}
        self._shapes: dict[tuple[int, Any, tuple[int, ...]], int] = {}

    @property
    def words(self) -> list[str]:
        """All words, by their numbers."""
        return list(self._words.numbers)

    @property
    def files(self) -> list[FileShape]:
        """All shapes of files, by their numbers."""
        return list(self._files)

    @property
    def shapes(self) -> list[DatasetShape]:
        """All shapes of datasets, by their numbers."""
        return [DatasetShape(*shape) for shape in self._shapes]

    def entry(self, rows: Sequence[Row]) -> bytes:
        """Return a dataset, of which there is a row for each file, encoded."""
        first = rows[0]
        _, type_, run, *_ = first
        values = first[_VALUES]
        if first[3] is None:
            return encode((self._shape((type_, run, ())), *values))
        if len(rows) > 1:
            rows = _of_first_datastore(rows)
        files: list[int] = []
        varying: list[Any] = []
        for row in rows:
            datastore, path, *kind, checksum, size = file_fields(row[_FILE])
            learner = self._learner((type_, run, datastore, *kind))
            template, parts = learner.paths.learn(path, values)
            files.append(
                self._file(learner, template, has_checksum=checksum is not None)
            )
            varying.append(size)
            if checksum is not None:
                varying.append(checksum)
            varying += parts
        shape = self._shape((type_, run, tuple(files)))
        return encode((shape, *values, *varying))

    def _shape(self, shape: tuple[int, Any, tuple[int, ...]]) -> int:
        return self._shapes.setdefault(shape, len(self._shapes))

    def _learner(self, kind: tuple[Any, ...]) -> "_FileLearner":
        found = self._templates.get(kind)
        if found is None:
            found = self._templates[kind] = _FileLearner(kind[2:], self._words)
        return found

    def _file(
        self, learner: "_FileLearner", template: PathTemplate, *, has_checksum: bool
    ) -> int:
        known = learner.numbers.get((template, has_checksum))
        if known is None:
            datastore, formatter, storage_class, component = learner.kind
            shape = FileShape(
                datastore,
                formatter,
                storage_class,
                component,
                has_checksum,
                template.text,
                template.places,
            )
            known = self._files.setdefault(shape, len(self._files))
            learner.numbers[template, has_checksum] = known
        return known


class _FileLearner:
    """What is known of the files of one kind."""

    def __init__(self, kind: tuple[Any, ...], words: Words) -> None:
        self.kind = kind
        self.paths = TemplateLearner(words)
        self.numbers: dict[tuple[PathTemplate, bool], int] = {}


def _of_first_datastore(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that a lookup would be given, in its order."""
    first = min(row[3] for row in rows)
    found = [row for row in rows if row[3] == first]
    return sorted(found, key=lambda row: file_fields(row[_FILE])[4] or "")

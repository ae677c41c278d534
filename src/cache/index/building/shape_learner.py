"""Finds what datasets have in common, and encodes what they have not."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ....registry import UNKNOWN_SIZE
from ..layout import ID_BYTES, encode
from ..path_templates import PathTemplate, TemplateLearner, Words
from ..shapes import DatasetShape, FileShape
from .kinds import FileKind, Owner

# What follows the UUID in what is sorted: a dataset comes before its files.
DATASET = b"\x00"
"""Then the number of its owner, and its packed values."""
FILE = b"\x01"
"""Then the number of its kind, path, size and checksum."""

_TAG = ID_BYTES
_START = ID_BYTES + 1
_IS_DATASET = DATASET[0]

_decode = msgspec.msgpack.Decoder(list[Any]).decode


class ShapeLearner:
    """Gives numbers to shapes in the order in which datasets come.

    Parameters
    ----------
    owners, kinds
        All types and RUNs of datasets, and kinds of files, by their numbers.
    """

    def __init__(self, owners: Iterable[Owner], kinds: Sequence[FileKind]) -> None:
        self._words = Words()
        self._owners = [_OwnerLearner(owner, kinds, self._words) for owner in owners]
        self._files: dict[FileShape, int] = {}
        self._shapes: dict[tuple[Owner, tuple[int, ...]], int] = {}

    @property
    def words(self) -> list[str]:
        """All words, by their numbers."""
        return list(self._words)

    @property
    def files(self) -> list[FileShape]:
        """All shapes of files, by their numbers."""
        return list(self._files)

    @property
    def shapes(self) -> list[DatasetShape]:
        """All shapes of datasets, by their numbers."""
        return [DatasetShape(*owner, files) for owner, files in self._shapes]

    def entry(self, items: Sequence[bytes]) -> bytes | None:
        """Return a dataset encoded.

        Parameters
        ----------
        items
            What is known of one UUID.

        Returns
        -------
        entry
            `None` if there are files of it and no dataset that was asked for.
        """
        dataset = items[0]
        if dataset[_TAG] != _IS_DATASET:
            return None
        number, *values = _decode(dataset[_START:])
        owner = self._owners[number]
        if len(items) != 2:  # noqa: PLR2004 - nearly all have one file
            return self._with_files(owner, values, items[1:])
        kind, path, size, checksum = _decode(items[1][_START:])
        learner = owner[kind]
        template, varying = learner.paths.learn(path, values)
        shape = learner.shapes.get(template)
        if shape is None:
            file = self._file(learner, template)
            shape = learner.shapes[template] = self._shape(owner, (file,))
        if size is None:
            size = UNKNOWN_SIZE
        if checksum is None:
            return encode((shape, *values, size, *varying))
        return encode((shape, *values, size, checksum, *varying))

    def _with_files(
        self, owner: "_OwnerLearner", values: list[Any], items: Sequence[bytes]
    ) -> bytes:
        """Return a dataset with no file or with several."""
        found = [
            (owner[kind], *rest)
            for kind, *rest in (_decode(item[_START:]) for item in items)
        ]
        # As a lookup would be given them: those of the first datastore, in order.
        first = min((learner.kind.datastore for learner, *_ in found), default=0)
        found = [each for each in found if each[0].kind.datastore == first]
        found.sort(key=lambda each: each[0].kind.component or "")
        files: list[int] = []
        parts: list[Any] = []
        for learner, path, size, checksum in found:
            template, varying = learner.paths.learn(path, values)
            files.append(self._file(learner, template))
            parts.append(UNKNOWN_SIZE if size is None else size)
            parts += varying if checksum is None else (checksum, *varying)
        return encode((self._shape(owner, tuple(files)), *values, *parts))

    def _shape(self, owner: "_OwnerLearner", files: tuple[int, ...]) -> int:
        return self._shapes.setdefault((owner.owner, files), len(self._shapes))

    def _file(self, learner: "_FileLearner", template: PathTemplate) -> int:
        shape = FileShape(*learner.kind, template.text, template.places)
        return self._files.setdefault(shape, len(self._files))


class _FileLearner:
    """What is known of the files of one kind, type and RUN."""

    def __init__(self, kind: FileKind, words: Words) -> None:
        self.kind = kind
        self.paths = TemplateLearner(words)
        self.shapes: dict[PathTemplate, int] = {}
        """Of datasets that have but one file, by the template of its path."""


class _OwnerLearner(dict[int, _FileLearner]):
    """What is known of the files of one type and RUN, by their kinds' numbers."""

    def __init__(self, owner: Owner, kinds: Sequence[FileKind], words: Words) -> None:
        super().__init__()
        self.owner = owner
        self._kinds = kinds
        self._words = words

    def __missing__(self, kind: int) -> _FileLearner:
        """Begin to learn about a kind."""
        learner = self[kind] = _FileLearner(self._kinds[kind], self._words)
        return learner

"""The file of a dataset as a reader sees it: a label, and bytes in three ways.

Whole, by ranges or on disk: a reader takes the cheapest that its format allows. A
label is two strings from a server. It chooses a reader, and is never imported.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec


class Label(msgspec.Struct, frozen=True):
    """What the server says of a file: who wrote it, and as what.

    Parameters
    ----------
    formatter
        Full name of the Python class that wrote the file.
    storage_class
        Name of the storage class it was written as.
    """

    formatter: str
    storage_class: str

    def __str__(self) -> str:
        return f"formatter {self.formatter!r}, storage class {self.storage_class!r}"


class StoredFile(Protocol):
    """A file that belongs to a dataset, wherever it is.

    Every way to its bytes may raise what the connection to it raises; readers let
    such errors pass.
    """

    @property
    def label(self) -> Label:
        """Who wrote the file, and as what."""

    @property
    def path(self) -> str:
        """Path in the datastore: for the suffix, and for messages."""

    @property
    def url(self) -> str:
        """Where the bytes are."""

    @property
    def size(self) -> int | None:
        """Length in bytes, if known."""

    def read(self) -> bytes:
        """Return the whole content."""

    def open(self) -> BinaryIO:
        """Return a seekable file that fetches what is touched and little more."""

    def local(self) -> AbstractContextManager[Path]:
        """Return a context in which the complete file is on disk."""


def suffix(file: StoredFile) -> str:
    """Return the suffix of a file's path in lower case, such as ``.fits``.

    Parameters
    ----------
    file
        The file; of a zip member's path, the member counts.
    """
    name = file.path.rpartition("#zip-path=")[2].rpartition("/")[2]
    stem, _, last = name.rpartition(".")
    # It becomes part of a file's name on disk.
    return f".{last.lower()}" if stem and last.isalnum() else ""

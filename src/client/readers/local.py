"""Files that are at hand: in a folder, or in memory."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .stored_file import Label, StoredFile, suffix


class LocalFile:
    """A file on disk, or bytes that are treated as one.

    Parameters
    ----------
    label
        Who wrote it, and as what.
    content
        Where it is, or what is in it.
    path
        Path that it has in its datastore; its own by default.
    """

    def __init__(
        self, label: Label, content: Path | bytes, path: str | None = None
    ) -> None:
        self.label = label
        self._content = content
        if isinstance(content, Path):
            self.path, self.url = path or str(content), content.absolute().as_uri()
        else:
            self.path, self.url = path or "bytes in memory", "about:blank"

    @property
    def size(self) -> int:
        """Length in bytes."""
        content = self._content
        return content.stat().st_size if isinstance(content, Path) else len(content)

    def read(self) -> bytes:
        """Return the whole content."""
        content = self._content
        return content.read_bytes() if isinstance(content, Path) else content

    def open(self) -> BinaryIO:
        """Return the file, opened for reading."""
        content = self._content
        if isinstance(content, Path):
            return content.open("rb")
        return io.BytesIO(content)

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Return the file itself, or a temporary copy of the bytes."""
        if isinstance(self._content, Path):
            yield self._content
        else:
            with temporary_copy(self) as path:
                yield path


@contextmanager
def temporary_copy(file: StoredFile) -> Iterator[Path]:
    """Keep the content of a file on disk for a while, with the same suffix.

    Parameters
    ----------
    file
        The file to copy.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="butlery-") as folder:
        path = Path(folder, f"file{suffix(file)}")
        path.write_bytes(file.read())
        yield path

"""A file of a dataset as readers see it, whose bytes come over HTTP."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ..connection.blocking import sharing_stop
from ..connection.limits import Limits
from ..connection.messages import Call
from .receiving import download, fetch_range, fetch_size, fetch_whole
from .source import Source

if TYPE_CHECKING:
    from ..readers import Label, StoredFile

_NAME = "file"


class HttpFile:
    """A whole file; it blocks who reads it.

    Parameters
    ----------
    source
        Of the file.
    run
        Runs a call to its end.
    limits
        Of its size.
    """

    def __init__(
        self, source: Source, run: Callable[[Call[Any]], Any], limits: Limits
    ) -> None:
        self._source = source
        self._run = run
        self._limits = limits

    @property
    def label(self) -> "Label":
        """Who wrote it, and as what."""
        from ..readers import Label

        return Label(self._source.file.formatter, self._source.file.storage_class)

    @property
    def path(self) -> str:
        """Path in the datastore."""
        return self._source.file.path

    @property
    def url(self) -> str:
        """Where it is now."""
        return self._source.url

    @property
    def size(self) -> int | None:
        """Length in bytes, if known."""
        return self._source.file.size

    def read(self) -> bytes:
        """Return the whole content, which is what is recorded of it."""
        content: bytes = self._run(fetch_whole(self._source, self._limits))
        return content

    def open(self) -> BinaryIO:
        """Return a seekable file that fetches what is touched and little more."""
        from ..readers import open_ranged

        size = self._run(fetch_size(self._source))
        if size == 0:
            return io.BytesIO()
        # Arrow, for one, reads with threads of its own.
        return open_ranged(sharing_stop(self._fetch), size)

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Keep the whole content on disk for a while, with the same suffix."""
        from tempfile import TemporaryDirectory

        from ..readers.stored_file import suffix

        with TemporaryDirectory(prefix="butlery-") as folder:
            path = Path(folder, _NAME + suffix(self))
            self._run(download(self._source, path, self._limits))
            yield path

    def _fetch(self, start: int, stop: int) -> bytes:
        content: bytes = self._run(fetch_range(self._source, start, stop))
        return content


def stored_file(
    source: Source, run: Callable[[Call[Any]], Any], limits: Limits
) -> "StoredFile":
    """Return a file, or the member of a zip file that it is.

    Parameters
    ----------
    source
        Of the file.
    run
        Runs a call to its end.
    limits
        Of its size.
    """
    member = source.file.member
    if member is None:
        return HttpFile(source, run, limits)
    from ..readers import zip_member

    return zip_member(HttpFile(source.archive(), run, limits), member)

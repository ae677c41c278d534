"""Members of a zip file, each a file like any other.

The archive is read in ranges: its directory, and what is touched of the member. A
member that is only stored, as daf_butler's are, is itself read in ranges.
"""

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .demands import check_demand
from .errors import UnreadableFileError, unreadable
from .local import temporary_copy
from .ranged import open_ranged
from .stored_file import Label, StoredFile

if TYPE_CHECKING:
    from zipfile import ZipInfo

FRAGMENT = "#zip-path="
_LOCAL_HEADER_BYTES = 30


def member_name(path: str) -> str | None:
    """Return the member that a path in a datastore points to, if it does.

    Parameters
    ----------
    path
        The path, with or without ``#zip-path=``.
    """
    _, fragment, name = path.partition(FRAGMENT)
    return name if fragment else None


def zip_member(file: StoredFile, name: str) -> StoredFile:
    """Return a member as a file with the label of its archive.

    Parameters
    ----------
    file
        The archive; a fragment in its path and URL is replaced.
    name
        Name of the member.

    Raises
    ------
    UnreadableFileError
        If the archive is none, has no such member, or one of absurd size.
    """
    return _Member(file, _found(file, name))


class _Member:
    def __init__(self, archive: StoredFile, info: "ZipInfo") -> None:
        self._archive = archive
        self._info = info
        self.path = _pointing(archive.path, info.filename)
        self.url = _pointing(archive.url, info.filename)

    @property
    def label(self) -> Label:
        return self._archive.label

    @property
    def size(self) -> int:
        return self._info.file_size

    def read(self) -> bytes:
        import zipfile
        import zlib

        with (
            unreadable(self._archive, zipfile.BadZipFile, zlib.error),
            self._archive.open() as handle,
            zipfile.ZipFile(handle) as archive,
        ):
            return archive.read(self._info)

    def open(self) -> BinaryIO:
        from zipfile import ZIP_STORED

        if self._info.compress_type != ZIP_STORED:
            return io.BytesIO(self.read())
        handle = self._archive.open()
        start = _content_start(handle, self._info)

        def fetch(first: int, stop: int) -> bytes:
            handle.seek(start + first)
            return handle.read(stop - first)

        return open_ranged(fetch, self.size)

    def local(self) -> AbstractContextManager[Path]:
        return temporary_copy(self)


def _found(file: StoredFile, name: str) -> "ZipInfo":
    import zipfile

    with (
        unreadable(file, zipfile.BadZipFile),
        file.open() as handle,
        zipfile.ZipFile(handle) as archive,
    ):
        try:
            info = archive.getinfo(name)
        except KeyError:
            raise UnreadableFileError(file, f"it has no member {name!r}") from None
        check_demand(file, info.file_size, info.compress_size)
        return info


def _content_start(handle: BinaryIO, info: "ZipInfo") -> int:
    """Return where a member's bytes begin, after its name and extra field.

    Only the header at the member itself tells: the extra field in the directory may
    have another length.
    """
    handle.seek(info.header_offset)
    header = handle.read(_LOCAL_HEADER_BYTES)
    lengths = header[26:28], header[28:30]
    return info.header_offset + _LOCAL_HEADER_BYTES + sum(map(_little, lengths))


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")


def _pointing(path: str, name: str) -> str:
    return f"{path.partition(FRAGMENT)[0]}{FRAGMENT}{name}"

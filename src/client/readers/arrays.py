"""NumPy's own files: ``.npy`` as an array, ``.npz`` as a dictionary of arrays.

Nothing is unpickled, and an array is not allocated before its file is known to be
long enough for it.
"""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .demands import check_demand
from .errors import UnreadableFileError, unreadable
from .packages import optional
from .reader import cannot_be, refuse_component, refuse_parameters
from .stored_file import StoredFile

if TYPE_CHECKING:
    import numpy as np

_TYPES = {"NumpyArray", "Thumbnail"}
_ZIP_MAGIC = b"PK"


class NumpyReader:
    """Reads what `numpy.save` and `numpy.savez` write."""

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> "np.ndarray[Any, Any] | dict[str, np.ndarray[Any, Any]]":
        """Return an array, or arrays by name."""
        refuse_component(file, component)
        refuse_parameters(file, parameters)
        if as_type not in {None, file.label.storage_class, *_TYPES}:
            raise cannot_be(file, str(as_type))
        with optional("numpy"):
            import numpy  # noqa: F401, ICN001
        content = file.read()
        if content.startswith(_ZIP_MAGIC):
            return _arrays(file, content)
        return _array(file, content)


def _array(file: StoredFile, content: bytes) -> "np.ndarray[Any, Any]":
    from numpy.lib import format as npy

    stream = io.BytesIO(content)
    with unreadable(file):
        version = npy.read_magic(stream)
        read_header = {
            (1, 0): npy.read_array_header_1_0,
            (2, 0): npy.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise UnreadableFileError(file, f"version {version} is not supported")
        shape, _, dtype = read_header(stream)
        length = dtype.itemsize
        for count in shape:
            length *= count
        if not dtype.hasobject and length != len(content) - stream.tell():
            raise UnreadableFileError(file, f"shape {shape} does not fit its length")
        stream.seek(0)
        return npy.read_array(stream, allow_pickle=False)


def _arrays(file: StoredFile, content: bytes) -> "dict[str, np.ndarray[Any, Any]]":
    import zipfile
    import zlib

    with (
        unreadable(file, zipfile.BadZipFile, zlib.error),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        members = archive.infolist()
        check_demand(file, sum(each.file_size for each in members), len(content))
        return {
            each.filename.removesuffix(".npy"): _array(file, archive.read(each))
            for each in members
        }

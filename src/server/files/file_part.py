"""A part of an open local file, as a download takes it."""

import asyncio
import os
from typing import BinaryIO

from .downloads import CHUNK_BYTES
from .ranges import ByteRange


class FilePart:
    """Bytes of a file, read in threads.

    Parameters
    ----------
    file
        Closed at the end.
    part
        Which bytes.
    """

    def __init__(self, file: BinaryIO, part: ByteRange) -> None:
        self._file = file
        self._position = part.start
        self._stop = part.stop

    async def read(self) -> bytes:
        """Return the next chunk; nothing at the end.

        Raises
        ------
        OSError
            If the file was cut short while it was read: the connection must break, so
            that nobody takes the beginning for the whole.
        """
        size = min(CHUNK_BYTES, self._stop - self._position)
        if size == 0:
            return b""
        data = await asyncio.to_thread(
            os.pread, self._file.fileno(), size, self._position
        )
        if not data:
            raise OSError("the file has become shorter than its announced length")
        self._position += len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()

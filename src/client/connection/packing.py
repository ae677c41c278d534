"""Bodies that came packed with gzip (RFC 1952)."""

import zlib
from collections.abc import Iterator, Mapping

from .messages import LostError

_PIECE_BYTES = 2**18


def unpacking_of(headers: Mapping[str, str]) -> "Unpacking | None":
    """Return what unpacks a body; `None` if it came as it is.

    Raises
    ------
    LostError
        If it came in a way that nobody here knows.
    """
    coding = headers.get("content-encoding", "identity").lower()
    if coding not in {"identity", "gzip"}:
        raise LostError(f"the answer is coded as {coding[:50]!r}", is_final=True)
    return Unpacking() if coding == "gzip" else None


class Unpacking:
    """Unpacks a body as it comes, in pieces of bounded size."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(wbits=31)
        self._has_begun = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes next.

        Raises
        ------
        LostError
            If it is something else.
        """
        while data:
            if self._unpacker.eof:  # there may be several, one after the other
                self._unpacker = zlib.decompressobj(wbits=31)
            self._has_begun = True
            try:
                piece = self._unpacker.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise LostError(f"the answer cannot be unpacked: {error}") from error
            data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            if piece:
                yield piece

    def end(self) -> None:
        """Take note that nothing more will come.

        Raises
        ------
        LostError
            If something is missing.
        """
        if self._has_begun and not self._unpacker.eof:
            raise LostError("what the answer was packed into did not end")

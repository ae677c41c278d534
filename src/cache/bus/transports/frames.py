"""Frames on a byte stream: four bytes of length, most significant first, and data."""

import asyncio

from .base import MAX_FRAME_BYTES

GREETING = b"\x06"
"""What a hub says to a participant that from now on gets every frame."""
_PREFIX_BYTES = 4


class FrameError(Exception):
    """The other end sends what is no frame."""


def pack(data: bytes) -> bytes:
    """Return a frame as it travels."""
    return len(data).to_bytes(_PREFIX_BYTES) + data


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Return the next frame.

    Raises
    ------
    FrameError
        If it says to be too large; nothing after it can be understood.
    EOFError
        At the end of the stream.
    OSError
        If the connection breaks.
    """
    length = int.from_bytes(await reader.readexactly(_PREFIX_BYTES))
    if length > MAX_FRAME_BYTES:
        raise FrameError(f"a frame of {length} bytes")
    return await reader.readexactly(length)

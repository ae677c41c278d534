"""A local file as an HTTP response: ``HEAD``, ``Range``, ``ETag``, flat memory."""

import asyncio
import mimetypes
import os
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Any, BinaryIO

from litestar import Response
from litestar.response import Stream

from ..requests import AnyRequest
from .ranges import ByteRange, UnsatisfiableRangeError, matches_etag, parse_range

_CHUNK_BYTES = 1 << 20

_FIXED_HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    # A file is data, never a page of this server, whatever it contains.
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


def file_response(request: AnyRequest, file: BinaryIO) -> Response[Any]:
    """Return the answer for an open file, which is closed when it has been sent."""
    status = os.fstat(file.fileno())
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"'
    headers = {
        **_FIXED_HEADERS,
        "etag": etag,
        "last-modified": formatdate(status.st_mtime, usegmt=True),
    }
    guessed, _ = mimetypes.guess_type(request.url.path)
    media_type = guessed or "application/octet-stream"
    if matches_etag(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    wanted = request.headers.get("range", "")
    if request.headers.get("if-range", etag) != etag:
        wanted = ""
    try:
        part = parse_range(wanted, status.st_size) if wanted else None
    except UnsatisfiableRangeError:
        headers["content-range"] = f"bytes */{status.st_size}"
        return Response(b"", status_code=416, headers=headers, media_type=media_type)
    body = part or ByteRange(0, status.st_size)
    headers["content-length"] = str(body.length)
    if part is not None:
        headers["content-range"] = (
            f"bytes {body.start}-{body.stop - 1}/{status.st_size}"
        )
    return Stream(
        _chunks(file, body),
        status_code=206 if part is not None else 200,
        headers=headers,
        media_type=media_type,
    )


async def _chunks(file: BinaryIO, part: ByteRange) -> AsyncIterator[bytes]:
    with file:
        position = part.start
        while position < part.stop:
            size = min(_CHUNK_BYTES, part.stop - position)
            data = await asyncio.to_thread(os.pread, file.fileno(), size, position)
            if not data:
                # Cut short while it was read: break the connection, so that nobody
                # takes the beginning of a file for the whole.
                raise OSError("the file has become shorter than its announced length")
            position += len(data)
            yield data

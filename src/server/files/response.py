"""A local file as an HTTP response: ``HEAD``, ``Range``, ``ETag``, flat memory."""

import mimetypes
import os
from email.utils import formatdate, parsedate_to_datetime
from typing import Any, BinaryIO

from litestar import Response
from litestar.response import Stream

from ...protocol.errors import UnavailableError
from ..cutting import abort_of
from ..requests import AnyRequest
from .downloads import PROCESS_DOWNLOADS, Downloads, Slot
from .file_part import FilePart
from .ranges import ByteRange, UnsatisfiableRangeError, matches_etag, parse_range

FIXED_HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    # A file is data, never a page of this server, whatever it contains.
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


def file_response(
    request: AnyRequest, file: BinaryIO, downloads: Downloads = PROCESS_DOWNLOADS
) -> Response[Any]:
    """Return the answer for an open file, which is closed when it has been sent.

    Raises
    ------
    UnavailableError
        If there are too many downloads already.
    """
    status = os.fstat(file.fileno())
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"'
    headers = {
        **FIXED_HEADERS,
        "etag": etag,
        "last-modified": formatdate(status.st_mtime, usegmt=True),
    }
    media_type = media_type_of(request)
    if _is_another(request, etag, status.st_mtime):
        return Response(b"", status_code=412, headers=headers, media_type=media_type)
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
    if request.method == "HEAD":
        file.close()
        chunks = None
    else:
        slot = _reserve(downloads, file)
        source = FilePart(file, body)
        chunks = downloads.chunks(slot, source, abort_of(request.scope))
    return Stream(
        iter(()) if chunks is None else chunks,
        status_code=206 if part is not None else 200,
        headers=headers,
        media_type=media_type,
    )


def media_type_of(request: AnyRequest) -> str:
    """Return the media type of a file, by its name in the URL."""
    guessed, _ = mimetypes.guess_type(request.url.path)
    return guessed or "application/octet-stream"


def _reserve(downloads: Downloads, file: BinaryIO) -> Slot:
    try:
        return downloads.reserve()
    except UnavailableError:
        file.close()
        raise


def _is_another(request: AnyRequest, etag: str, modified: float) -> bool:
    """Tell whether the client wants no other file than one it knows, and it is.

    RFC 9110, 13.1.1 and 13.1.4: weak tags never match here, ``If-Match`` counts more
    than the time, and a time that cannot be read counts as none.
    """
    known = request.headers.get("if-match")
    if known:
        tags = {tag.strip() for tag in known.split(",")}
        return not tags & {"*", etag}
    try:
        limit = parsedate_to_datetime(request.headers.get("if-unmodified-since", ""))
        return int(modified) > limit.timestamp()
    except (ValueError, OverflowError):
        return False

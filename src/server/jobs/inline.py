"""A short result as the answer to the request itself."""

import os
from collections.abc import Mapping
from typing import Any, BinaryIO

from litestar import Response
from litestar.response import Stream

from ...protocol.query_work import PartsFormat
from ..cutting import abort_of
from ..files.downloads import PROCESS_DOWNLOADS
from ..files.file_part import FilePart
from ..files.ranges import ByteRange
from ..requests import AnyRequest

MEDIA_TYPES: dict[PartsFormat, str] = {
    "jsonl": "application/jsonlines",
    "parquet": "application/vnd.apache.parquet",
}


def inline_response(
    request: AnyRequest,
    file: BinaryIO | None,
    format_: PartsFormat,
    headers: Mapping[str, str],
) -> Response[Any]:
    """Return an answer that sends an open file, which is closed then, or nothing.

    Raises
    ------
    UnavailableError
        If there are too many downloads already.
    """
    media_type = MEDIA_TYPES[format_]
    if file is None:
        return Response(b"", status_code=200, headers=headers, media_type=media_type)
    size = os.fstat(file.fileno()).st_size
    slot = PROCESS_DOWNLOADS.reserve()
    chunks = PROCESS_DOWNLOADS.chunks(
        slot, FilePart(file, ByteRange(0, size)), abort_of(request.scope)
    )
    headers = {**headers, "content-length": str(size)}
    return Stream(chunks, headers=headers, media_type=media_type)

"""Bytes of local files, under the signed URLs of ``get_file``.

The stock client sends no credentials here: the signature is the right to read.
"""

from typing import Any

from litestar import HttpMethod, Response, route
from litestar.di import NamedDependency
from litestar.params import FromPath

from ...protocol.errors import ForbiddenError
from ..files.access import FileAccess
from ..files.response import file_response
from ..requests import AnyRequest


@route(
    "/{place:str}/{name:path}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    summary="A local file, by a signed URL",
)
async def read_local_file(
    files: NamedDependency[FileAccess],
    request: AnyRequest,
    place: FromPath[str],
    name: FromPath[str],
) -> Response[Any]:
    """Return a file or a range of it."""
    query = request.query_params
    expires, signature = query.get("Expires", ""), query.get("Signature", "")
    if not expires.isdecimal() or not signature:
        raise ForbiddenError("A file URL needs the Expires and Signature it was given.")
    file = files.local.open(
        place,
        name.removeprefix("/"),
        user=query.get("User", ""),
        expires=expires,
        signature=signature,
    )
    return file_response(request, file)


HANDLERS = (read_local_file,)

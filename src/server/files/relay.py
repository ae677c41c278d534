"""A file of a store as an HTTP response of this server."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from litestar import Response
from litestar.response import Stream

from ..cutting import abort_of
from ..requests import AnyRequest
from .downloads import PROCESS_DOWNLOADS, Downloads, Slot
from .fetching import Fetched, fetch
from .response import FIXED_HEADERS, media_type_of

_ASKED = (
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
)
_TOLD = ("content-length", "content-range", "content-encoding", "etag", "last-modified")
_NO_CONTENT = frozenset({304, 412, 416})
# Of several ranges each store makes something else; like here, they count as none.
_ONE_RANGE = re.compile(r"bytes=(?:[0-9]+-[0-9]*|-[0-9]+)")


async def relay(
    request: AnyRequest, url: str, downloads: Downloads = PROCESS_DOWNLOADS
) -> Response[Any]:
    """Return the answer of a store, which is read as fast as the client takes it.

    Parameters
    ----------
    url
        Of the store, signed for the method of the request.

    Raises
    ------
    NotFoundError, StoreRefusedError, UnavailableError
        If there is no such file, the store does not hand it out or does not answer, or
        there are too many downloads already.
    """
    slot = downloads.reserve()
    fetched = await fetch(url, request.method, _asked(request))
    headers = {**FIXED_HEADERS, **_told(fetched)}
    media_type = media_type_of(request)
    if fetched.status in _NO_CONTENT:
        fetched.close()
        headers.pop("content-length", None)
        return Response(
            b"", status_code=fetched.status, headers=headers, media_type=media_type
        )
    return Stream(
        _content(request, fetched, downloads, slot),
        status_code=fetched.status,
        headers=headers,
        media_type=media_type,
    )


def _content(
    request: AnyRequest, fetched: Fetched, downloads: Downloads, slot: Slot
) -> AsyncIterator[bytes] | Iterator[bytes]:
    if request.method == "HEAD":
        fetched.close()
        return iter(())
    return downloads.chunks(slot, fetched, abort_of(request.scope))


def _asked(request: AnyRequest) -> dict[str, str]:
    found = {name: request.headers[name] for name in _ASKED if name in request.headers}
    wanted = request.headers.get("range", "").strip()
    if request.method == "GET" and _ONE_RANGE.fullmatch(wanted):
        found["range"] = wanted
    return found


def _told(fetched: Fetched) -> dict[str, str]:
    return {name: fetched.headers[name] for name in _TOLD if name in fetched.headers}

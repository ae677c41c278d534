"""Tells the client how its request was answered, in headers.

A route that looks something up begins a trail; the answer carries it, be it an error
or not. ``Cache-Status`` is that of RFC 9211.
"""

from functools import lru_cache

from ..cache import Trail
from .requests import AnyRequest

RawHeader = tuple[bytes, bytes]

_SNAPSHOT = (b"cache-status", b"butlery; hit; detail=snapshot")
_ENTRY = (b"cache-status", b"butlery; hit; detail=entry")
_INDEX = (b"cache-status", b"butlery; hit; detail=index")
_BYPASS = (b"cache-status", b"butlery; fwd=bypass")
_STORED = (b"cache-status", b"butlery; fwd=miss; stored")
_NOT_STORED = (b"cache-status", b"butlery; fwd=miss")
_COLLAPSED = (b"cache-status", b"butlery; fwd=miss; collapsed")


def begin_trail(request: AnyRequest) -> Trail:
    """Return a new trail, which the answer to this request will carry."""
    trail = request.scope["state"]["trail"] = Trail()
    return trail


def headers_of(trail: Trail) -> tuple[RawHeader, ...]:
    """Return what a trail says; nothing if the repository was not even looked at."""
    if not trail.version:
        return ()
    return _headers(cache_status(trail), trail.version, trail.state, trail.revision)


@lru_cache(maxsize=64)
def _headers(
    status: RawHeader, version: int, state: str, revision: str
) -> tuple[RawHeader, ...]:
    """Return the headers of a trail, which are the same for many answers."""
    headers = (
        status,
        (b"butlery-version", b"%d" % version),
        (b"butlery-state", state.encode()),
    )
    if not revision:
        return headers
    return (*headers, (b"butlery-revision", revision.encode()))


def cache_status(trail: Trail) -> RawHeader:
    """Return the header that says from where the answer came; its worst part counts."""
    if trail.bypassed:
        return _BYPASS
    if trail.misses:
        return _STORED if trail.stored == trail.misses else _NOT_STORED
    if trail.shared:
        return _COLLAPSED
    if trail.hits:
        return _ENTRY
    return _INDEX if trail.indexed else _SNAPSHOT

"""Tells the client how its request was answered, in headers.

A route that looks something up begins a trail; the answer carries it, be it an error
or not. ``Cache-Status`` is that of RFC 9211.
"""

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


def headers_of(trail: Trail) -> list[RawHeader]:
    """Return what a trail says; nothing if the repository was not even looked at."""
    if not trail.version:
        return []
    headers = [
        cache_status(trail),
        (b"butlery-version", b"%d" % trail.version),
        (b"butlery-state", trail.state.encode()),
    ]
    if trail.revision:
        headers.append((b"butlery-revision", trail.revision.encode()))
    return headers


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

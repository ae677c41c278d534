"""How much memory a kept answer takes, estimated from its parts.

Whatever it shares with others (names, definitions, interned keys) is not counted.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any
from uuid import UUID

_ENTRY = 500
"""The entry itself, and its places in the tables of what is kept."""
_SMALL = 32
_POINTER = 8
_CONTAINER = 64
_UUID = 100


def size_of(key: Hashable, value: object, dependencies: Sequence[object]) -> int:
    """Return the estimated number of bytes that keeping an answer takes."""
    return _ENTRY + _size(key) + _size(value) + _POINTER * len(dependencies)


def _size(value: Any) -> int:
    if value is None or isinstance(value, bool | int | float):
        return _SMALL
    if isinstance(value, str | bytes):
        return _CONTAINER + len(value)
    if isinstance(value, UUID):
        return _UUID
    if isinstance(value, Mapping):
        return _CONTAINER + sum(2 * _POINTER + _size(v) for v in value.values())
    if isinstance(value, Sequence):
        return _CONTAINER + sum(_POINTER + _size(v) for v in value)
    fields = getattr(value, "__slots__", ())
    return _CONTAINER + sum(_POINTER + _size(getattr(value, f)) for f in fields)

"""What users give, as it is used: plain names, plain values, folders."""

import os
from collections.abc import Mapping
from contextlib import suppress
from numbers import Integral
from typing import Any
from urllib.parse import unquote, urlsplit

from ..connection.urls import place_of

_PLAIN = frozenset({bool, float, int, str})


def names_of(given: Any) -> list[str]:
    """Return names and globs as a list.

    Raises
    ------
    TypeError
        If they are something else, such as regular expressions.
    """
    if given is ...:
        return ["*"]
    if isinstance(given, str):
        return [str(given)]
    names = list(given)
    for each in names:
        if not isinstance(each, str):
            raise TypeError(f"{each!r} is neither the name of a collection nor a glob")
    return [str(each) for each in names]  # NumPy has texts of its own


def data_id_of(
    data_id: Mapping[str, Any] | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a data ID as it is sent: keywords count more than the mapping.

    Raises
    ------
    TypeError
        If it is no mapping, or has values that no dimension has.
    """
    given = {} if data_id is None else getattr(data_id, "mapping", data_id)
    if not isinstance(given, Mapping):
        raise TypeError(f"{data_id!r} is no data ID: give a mapping of dimensions")
    return {str(key): _plain(key, v) for key, v in {**given, **more}.items()}


def _plain(key: str, value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Integral):
        return int(value)
    with suppress(AttributeError, TypeError, ValueError):  # if it is not NumPy's
        item = value.item()
        if type(item) in _PLAIN:
            return item
    raise TypeError(f"{key}={value!r} is neither a number nor a text")


def folder_of(destination: Any) -> str:
    """Return the local folder that a path or a ``file:`` URI names, as it was spelled.

    Raises
    ------
    ValueError
        If it is elsewhere: files would land in a folder of a strange name.
    """
    url = getattr(destination, "geturl", None)  # of an lsst.resources.ResourcePath
    text = os.fsdecode(destination) if url is None else str(url())
    if "://" not in text and not text.startswith("file:"):
        return text
    parts = urlsplit(text)
    is_local = parts.scheme == "file" and parts.netloc in {"", "localhost"}
    if not (is_local and parts.path) or "?" in text:
        raise ValueError(
            f"{place_of(text)} is no folder of this machine; in a URI, '?' and '#' of "
            "a name are quoted"
        )
    return unquote(parts.path)

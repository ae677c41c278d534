"""From a record's path to the key of its object: the one that Butler means.

As the stock server has it, relative paths are unquoted, normalised and put behind the
datastore's root; absolute ones are only unquoted. But no path reads the server's
environment (``$HOME``, ``~``), and none leaves its root.
"""

import re
from posixpath import normpath
from urllib.parse import quote, unquote, urlparse

from ...protocol.errors import ForbiddenError
from .paths import has_escape

_PLAIN = re.compile(r"[\w~-][\w.~-]*+(?:/[\w~-][\w.~-]*+)*+", re.ASCII)
_UNSAFE = re.compile(r"[^\w.~/-]+", re.ASCII)


def is_plain(path: str) -> bool:
    """Tell whether a relative path has nothing to quote, unquote or normalise."""
    return _PLAIN.fullmatch(path) is not None


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Return a URI's bucket, with profile, and its key, which is still quoted."""
    rest = uri.partition(":")[2].partition("?")[0].partition("#")[0]
    if not rest.startswith("//"):
        return "", rest
    bucket, _, key = rest[2:].partition("/")
    return bucket, key


def prefix_of(root: str) -> str:
    """Return what keys begin with: empty, or with a slash at the end."""
    path = unquote(normpath(f"/{bucket_and_key(root)[1]}").lstrip("/"))
    return f"{path}/" if path else ""


def absolute_key(uri: str) -> str:
    """Return the key of an absolute path.

    Raises
    ------
    ForbiddenError
        If HTTP clients would make another path of it.
    """
    key = unquote(bucket_and_key(uri)[1].lstrip("/"))
    if ".." in key and ".." in key.split("/"):
        raise ForbiddenError("A path with a way up may not be handed out.")
    return key


def below_root(text: str) -> str:
    """Return a relative path as it continues a key.

    Raises
    ------
    ForbiddenError
        If it leads out of the root.
    """
    name = text
    if has_escape(text):
        # With a slash in front nothing in it is taken for a scheme or a host.
        name = unquote(urlparse(f"/{text}").path[1:])
    name = unquote(name)  # once more: `ResourcePath.join` unquotes every path
    path = name if _is_normal(name) else normpath(name)
    if path == ".." or path.startswith(("../", "/")):
        raise ForbiddenError("This file lies outside the root of its datastore.")
    if path == ".":
        return ""
    return f"{path}/" if name.endswith("/") else path


def _is_normal(path: str) -> bool:
    """Tell whether `normpath` would certainly change nothing."""
    return (
        not path.startswith((".", "/"))
        and not path.endswith("/")
        and "//" not in path
        and "/." not in path
    )


def quote_key(key: str) -> str:
    """Return what `quote` returns, several times faster for few odd characters."""
    return _UNSAFE.sub(lambda odd: quote(odd[0]), key)

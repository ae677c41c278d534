"""Paths in datastore records: which are absolute, and where a fragment begins."""

import re
from urllib.parse import quote, unquote

import msgspec

_SCHEMES = frozenset({"file", "s3", "gs", "http", "https", "dav", "davs", "root"})
_ESCAPE = re.compile(r"%[A-F0-9]{2}")


class RecordPath(msgspec.Struct, frozen=True):
    """A record's ``path``, taken apart.

    Parameters
    ----------
    scheme
        Scheme of an absolute URI, ``file`` for an absolute path; `None`: relative.
    path
        Without fragment. Relative: unquoted. Absolute: as it stands in the record.
    fragment
        With its ``#``, or empty; names a member of a zip file.
    """

    scheme: str | None
    path: str
    fragment: str

    @classmethod
    def parse(cls, text: str) -> "RecordPath":
        """Take a record's path apart as ``lsst.resources.ResourcePath`` does.

        The first ``#`` of a URI begins the fragment. In a plain path it is the last
        one, if that stands behind the last slash: elsewhere it is a character like
        any other. A plain path with an escape counts as a URI in this respect.
        """
        if "#" not in text and ":" not in text and not text.startswith("/"):
            return cls(None, text, "")
        scheme = text.partition(":")[0]
        is_uri = scheme in _SCHEMES and text.startswith(f"{scheme}:/")
        if is_uri or has_escape(text):
            begin = text.find("#")
        else:
            begin = text.rfind("#", text.rfind("/") + 1)
        path, fragment = (text[:begin], text[begin:]) if begin >= 0 else (text, "")
        if path.startswith("/"):
            return cls("file", path, fragment)
        return cls(scheme if is_uri else None, path, fragment)

    def local(self) -> str:
        """Return the operating system's path of an absolute local file."""
        return uri_path(self.path) if self.path.startswith("file:") else self.path


def has_escape(text: str) -> bool:
    """Tell whether Butler takes a plain path for one that is quoted already."""
    return "%" in text and _ESCAPE.search(text) is not None


def quote_path(path: str) -> str:
    """Quote a relative path for a URL; what is escaped already stays as it is."""
    return quote(unquote(path))


def relative_to_datastore(text: str) -> str:
    """Return a record's path as clients see it: never absolute."""
    path = RecordPath.parse(text)
    return text if path.scheme is None else without_root(path)


def without_root(path: RecordPath) -> str:
    """Return an absolute path as clients see it."""
    whole = path.local() if path.scheme == "file" else uri_path(path.path)
    return whole.lstrip("/") + path.fragment


def uri_path(uri: str) -> str:
    """Return the unquoted path of a URI; unlike `urlsplit` it refuses nothing."""
    rest = uri.partition(":")[2].partition("?")[0]
    if rest.startswith("//"):
        rest = "/" + rest[2:].partition("/")[2]
    return unquote(rest)

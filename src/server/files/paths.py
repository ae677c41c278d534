"""Paths in datastore records: which are absolute, and where a fragment begins."""

from dataclasses import dataclass
from urllib.parse import unquote

_SCHEMES = frozenset({"file", "s3", "gs", "http", "https", "dav", "davs", "root"})


@dataclass(frozen=True, slots=True)
class RecordPath:
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
        """Take a record's path apart; the last ``#`` begins the fragment."""
        head, mark, tail = text.rpartition("#")
        path, fragment = (head, f"#{tail}") if mark else (text, "")
        if path.startswith("/"):
            return cls("file", path, fragment)
        scheme = path.partition(":")[0]
        is_uri = scheme in _SCHEMES and path.startswith(f"{scheme}:/")
        return cls(scheme if is_uri else None, path, fragment)

    def local(self) -> str:
        """Return the operating system's path of an absolute local file."""
        return uri_path(self.path) if self.path.startswith("file:") else self.path


def relative_to_datastore(text: str) -> str:
    """Return a record's path as clients see it: never absolute."""
    path = RecordPath.parse(text)
    if path.scheme is None:
        return text
    whole = path.local() if path.scheme == "file" else uri_path(path.path)
    return whole.lstrip("/") + path.fragment


def uri_path(uri: str) -> str:
    """Return the unquoted path of a URI; unlike `urlsplit` it refuses nothing."""
    rest = uri.partition(":")[2].partition("?")[0]
    if rest.startswith("//"):
        rest = "/" + rest[2:].partition("/")[2]
    return unquote(rest)

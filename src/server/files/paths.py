"""Paths in datastore records: which are absolute, and where a fragment begins."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

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
        scheme = urlsplit(path).scheme
        return cls(scheme if scheme in _SCHEMES else None, path, fragment)

    def local(self) -> str:
        """Return the operating system's path of an absolute local file."""
        is_uri = self.path.startswith("file:")
        return unquote(urlsplit(self.path).path) if is_uri else self.path


def relative_to_datastore(text: str) -> str:
    """Return a record's path as clients see it: never absolute."""
    path = RecordPath.parse(text)
    if path.scheme is None:
        return text
    whole = path.local() if path.scheme == "file" else unquote(urlsplit(path.path).path)
    return whole.lstrip("/") + path.fragment

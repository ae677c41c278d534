"""Where files are."""

from collections.abc import Mapping
from posixpath import basename
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class FileUri(str):
    """A URL of a file; it may work for a limited time."""

    __slots__ = ()

    def geturl(self) -> str:
        """Return the URL as text."""
        return str(self)

    @property
    def scheme(self) -> str:
        """How it is reached: http or https."""
        return urlsplit(self).scheme

    @property
    def path(self) -> str:
        """Its path on the server."""
        return urlsplit(self).path

    def basename(self) -> str:
        """Return the name of the file."""
        return unquote(basename(self.path))


class DatasetRefURIs(NamedTuple):
    """The files of one dataset.

    Attributes
    ----------
    primaryURI
        Of the whole, `None` if it is stored in components.
    componentURIs
        By component.
    """

    primaryURI: FileUri | None
    componentURIs: Mapping[str, FileUri]

"""What this server needs to know of a store: names of files, and URLs that sign them.

A *name* says which file of a store is meant, in URLs of this server and to the store.
It comes from a record, never from a client: clients only bring back names that this
server has signed.
"""

from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote

from ...protocol.errors import ForbiddenError, NotSupportedError
from .paths import RecordPath, quote_path
from .purposes import Purpose


class Store(Protocol):
    """One place where files are."""

    @property
    def is_probed(self) -> bool:
        """Whether its URLs answer what the stock client looks for files with."""
        ...

    @property
    def is_costly(self) -> bool:
        """Whether a signature takes so long that nobody is given thousands."""
        ...

    def name(self, path: RecordPath) -> str:
        """Return the name of a file; whether it exists is not looked at.

        Raises
        ------
        ForbiddenError, NotFoundError, NotSupportedError
            If this file cannot be handed out.
        """
        ...

    def signing(self, name: str, purpose: Purpose) -> Callable[[], str]:
        """Return what makes fresh URLs of a file, without asking anybody."""
        ...


class HttpStore:
    """A datastore that is an HTTP server itself: its URLs are passed on.

    Names are what stands behind the root, quoted as in the record.

    Parameters
    ----------
    root
        What all URLs begin with; may be empty.
    """

    is_probed = True
    is_costly = False

    def __init__(self, root: str) -> None:
        self._root = f"{root.rstrip('/')}/" if root else ""

    def name(self, path: RecordPath) -> str:
        """Return what stands behind the root."""
        if path.scheme is None:
            return quote_path(path.path)
        return path.path.removeprefix(self._root)

    def signing(self, name: str, purpose: Purpose) -> Callable[[], str]:
        """Return what returns the file's own URL."""
        del purpose
        url = self._root + name
        return lambda: url


class FetchedHttpStore(HttpStore):
    """The same, if this server reads the files: none that lies above the root."""

    def name(self, path: RecordPath) -> str:
        """Return what stands behind the root.

        Raises
        ------
        ForbiddenError
            If HTTP would make another place of it.
        """
        name = super().name(path)
        if ".." in unquote(name).replace("\\", "/").split("/"):
            raise ForbiddenError("This file lies outside the root of its datastore.")
        return name


class UnsupportedStore:
    """A datastore of a kind that this version cannot hand out."""

    is_probed = True
    is_costly = False

    def __init__(self, root: str) -> None:
        self._scheme = root.partition(":")[0]

    def name(self, path: RecordPath) -> str:
        """Refuse, naming the kind."""
        del path
        raise self._error

    def signing(self, name: str, purpose: Purpose) -> Callable[[], str]:
        """Refuse, naming the kind."""
        del name, purpose
        raise self._error

    @property
    def _error(self) -> NotSupportedError:
        return NotSupportedError(
            f"Files of {self._scheme!r} datastores cannot be handed out by this "
            "version; local ones and those on S3, Google Cloud Storage or http(s) can."
        )


class UnsignedStore:
    """A datastore for which nothing can be signed."""

    is_probed = True
    is_costly = False

    def __init__(self, kind: str, reason: str) -> None:
        self._text = (
            f"This server cannot sign URLs for this file on {kind}, and its operator "
            f"has to change that: {reason}."
        )

    def name(self, path: RecordPath) -> str:
        """Refuse, with the reason."""
        del path
        raise NotSupportedError(self._text)

    def signing(self, name: str, purpose: Purpose) -> Callable[[], str]:
        """Refuse, with the reason."""
        del name, purpose
        raise NotSupportedError(self._text)

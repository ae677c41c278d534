"""Which reader a label gets: the client's own table decides, and no server.

A label is looked up as two strings; nothing is ever imported because a label names it.
Names are matched exactly. The most specific entry wins: for formatter and storage
class, then for the formatter, then for the storage class. Finders, which a user adds
knowingly, come before all of them; installed packages, in the entry point group
`butlery.readers`, after.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import UnknownReaderError
from .plugins import plugged_in
from .reader import Reader
from .shipped import SHIPPED
from .stored_file import Label, StoredFile

Key = tuple[str | None, str | None]
Finder = Callable[[Label], Reader | None]


class Readers:
    """Readers by label.

    Parameters
    ----------
    shipped
        Whether to begin with the readers of this package.
    plugins
        Whether to ask installed packages about a label that is unknown.
    """

    def __init__(self, *, shipped: bool = True, plugins: bool = True) -> None:
        self._readers: dict[Key, Reader] = {}
        self._finders: list[Finder] = []
        self._plugins = plugins
        for row in SHIPPED if shipped else ():
            self._readers[row.formatter, row.storage_class] = row.reader

    def register(
        self,
        reader: Reader,
        *,
        formatter: str | None = None,
        storage_class: str | None = None,
    ) -> None:
        """Use a reader for a label, instead of the one that had it.

        Parameters
        ----------
        reader
            The reader.
        formatter
            Full name of the formatter; any, if not given.
        storage_class
            Name of the storage class; any, if not given.

        Raises
        ------
        ValueError
            If neither is given.
        """
        if formatter is None and storage_class is None:
            raise ValueError("a reader needs a formatter, a storage class or both")
        self._readers[formatter, storage_class] = reader

    def prefer(self, finder: Finder) -> None:
        """Ask a function first, before the table; the latest one before all others.

        Parameters
        ----------
        finder
            Returns a reader for a label, or `None`.
        """
        self._finders.insert(0, finder)

    def find(self, file: StoredFile) -> Reader:
        """Return the reader for a file.

        Parameters
        ----------
        file
            The file.

        Raises
        ------
        UnknownReaderError
            If there is none; the error has the label and the file.
        """
        found = self._look_up(file.label)
        if found is None and self._plugins:
            self._plugins = False
            for key, reader in plugged_in(
                lambda: Readers(shipped=False, plugins=False)
            ):
                self._readers.setdefault(key, reader)
            found = self._look_up(file.label)
        if found is None:
            raise UnknownReaderError(file)
        return found

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        as_type: str | None = None,
    ) -> Any:
        """Find the reader of a file, and read it: see `Reader.read`.

        Parameters
        ----------
        file
            The file.
        component
            Name of the part to return instead of the whole.
        parameters
            What narrows the read.
        as_type
            Storage class that the user wants instead of the file's own.
        """
        return self.find(file).read(
            file, component=component, parameters=parameters or {}, as_type=as_type
        )

    def entries(self) -> Iterable[tuple[Key, Reader]]:
        """Return the table: formatter and storage class, and the reader for them."""
        return list(self._readers.items())

    def _look_up(self, label: Label) -> Reader | None:
        for finder in self._finders:
            found = finder(label)
            if found is not None:
                return found
        keys = (
            (label.formatter, label.storage_class),
            (label.formatter, None),
            (None, label.storage_class),
        )
        return next((self._readers[key] for key in keys if key in self._readers), None)

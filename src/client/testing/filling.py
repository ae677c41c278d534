"""How tests fill the fake server."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any
from uuid import UUID

from ...protocol.collections import CollectionType
from .content import Collection, Content
from .records import DataId


class Filled:
    """What can be added to; also while it is asked.

    Parameters
    ----------
    content
        What is there.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self._lock = Lock()

    def add_instrument(self, name: str, **columns: Any) -> None:
        """Add the record of an instrument."""
        self.add_dimension_records("instrument", {"name": name, **columns})

    def add_dimension_records(self, element: str, *records: Mapping[str, Any]) -> None:
        """Add dimension records, or replace those that they take the place of.

        Parameters
        ----------
        element
            Name of the dimension element.
        records
            Values by column as they are on the wire: regions and hashes in hexadecimal,
            timespans as pairs of TAI nanoseconds. What is left out is empty.
        """
        with self._lock:
            for record in records:
                self._content.records.add(element, record)

    def add_dataset_type(
        self, name: str, dimensions: Iterable[str], storage_class: str
    ) -> None:
        """Register a dataset type."""
        with self._lock:
            self._content.add_type(name, dimensions, storage_class)

    def add_collection(self, name: str, doc: str = "") -> None:
        """Register a RUN."""
        with self._lock:
            self._content.add_collection(Collection(name, CollectionType.RUN, doc))

    def add_chain(self, name: str, children: Iterable[str], doc: str = "") -> None:
        """Register a chain of collections that are there, or change one."""
        chain = Collection(name, CollectionType.CHAINED, doc, tuple(children))
        with self._lock:
            self._content.add_collection(chain)

    def add_dataset(
        self,
        dataset_type: str,
        data_id: DataId,
        run: str,
        content: Any = None,
        *,
        formatter: str | None = None,
        storage_class: str | None = None,
        id: UUID | None = None,
    ) -> UUID:
        """Hold a dataset, with a file, and return its UUID.

        Parameters
        ----------
        dataset_type
            Name of one that is registered.
        data_id
            Values of its dimensions; those that records tell may be left out. Where
            there is no record, an empty one is made.
        run
            Its RUN, which is registered if it is new.
        content
            The bytes of the file, or an object to be written as JSON.
        formatter
            Name of the class that reads the file; that of JSON for an object.
        storage_class
            The file was written as, if it is not that of the dataset type.
        id
            Its UUID, if it matters.

        Raises
        ------
        ValueError
            If there is such a dataset, or a value of the data ID is missing.
        """
        with self._lock:
            kind = self._content.type(dataset_type)
            added = self._content.add(
                kind, data_id, run, content, formatter, storage_class, id
            )
        return added.id

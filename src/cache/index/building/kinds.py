"""What is the same for many rows, numbered as the rows come.

The numbers are the builder's own: those of an index follow from its contents alone.
"""

from typing import Any, NamedTuple

from ....registry import file_fields

FileColumns = tuple[int, str, str, str | None, bool]
"""Datastore, formatter, storage class, component; whether there is a checksum."""


class FileKind(NamedTuple):
    """What files have in common, but for the template of their paths."""

    datastore: int
    formatter: str
    storage_class: str
    component: str | None
    has_checksum: bool


class FileKinds(dict[FileColumns, int]):
    """Numbers of the kinds of files, by columns of their rows.

    Attributes
    ----------
    all
        The kinds by their numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.all: list[FileKind] = []

    def __missing__(self, columns: FileColumns) -> int:
        """Return the number of a new kind."""
        datastore, formatter, storage_class, component, has_checksum = columns
        row = (datastore, "", formatter, storage_class, component, None, None)
        component = file_fields(row)[4]
        self.all.append(
            FileKind(datastore, formatter, storage_class, component, has_checksum)
        )
        number = self[columns] = len(self.all) - 1
        return number


Owner = tuple[int, Any]
"""Number of the dataset type, and RUN."""


class Owners(dict[Owner, int]):
    """Numbers of what has datasets of one type."""

    def __missing__(self, owner: Owner) -> int:
        """Return the number of a new one."""
        number = self[owner] = len(self)
        return number

"""Reads the records of one dimension element from a release index."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...protocol.scalars import DataIdValue
from ...registry import Element, RecordReader
from .layout import KeyPacker
from .tables import region_columns

RecordValues = dict[str, Any]


class ElementTable:
    """The records of one element."""

    def __init__(self, number: int, element: Element, packer: KeyPacker) -> None:
        self.number = number
        self.element = element
        self.packer = packer
        self._reader = RecordReader(element)
        self._columns = [element.column_of(name) for name in element.required]
        regions = region_columns(element)
        self._regions = [
            n for n, name in enumerate(self._reader.names) if name in regions
        ]

    def read(
        self, values: Sequence[DataIdValue], columns: Sequence[Any]
    ) -> RecordValues:
        """Return a record from its key and its other columns."""
        row = [*values, *columns]
        for position in self._regions:
            if row[position] is not None:
                row[position] = row[position].hex()
        return self._reader.read(row)

    def required_keys(
        self, conditions: Mapping[str, Any]
    ) -> list[list[DataIdValue]] | None:
        """Return the keys that conditions name, in order; `None`: they name none."""
        keys: list[list[DataIdValue]] = [[]]
        for column in self._columns:
            if column not in conditions:
                return None
            wanted = conditions[column]
            each = sorted(set(wanted)) if isinstance(wanted, list) else [wanted]
            keys = [[*key, value] for key in keys for value in each]
        return keys


def agrees(record: RecordValues, conditions: Mapping[str, Any]) -> bool:
    """Tell whether a record has these column values."""
    return all(
        record[name] in value if isinstance(value, list) else record[name] == value
        for name, value in conditions.items()
    )

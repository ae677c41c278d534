"""Dimension records of small elements, kept whole, and computed skypix records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from ...protocol.dimensions import DimensionRecord
from ...protocol.scalars import DataIdValue, verbatim
from ...registry import Element, RecordReader


@dataclass(frozen=True, slots=True)
class Record:
    """One dimension record.

    Parameters
    ----------
    values
        Wire values by column, all columns present.
    wire
        The record as it is sent; already encoded for small elements.
    """

    values: Mapping[str, Any]
    wire: DimensionRecord

    @classmethod
    def of(cls, element: Element, values: Mapping[str, Any]) -> "Record":
        """Make a record that is sent once or twice."""
        return cls(values, DimensionRecord(element.name, values))


class RecordSet:
    """All records of one small element.

    Parameters
    ----------
    element
        The element.
    rows
        Rows with the columns that `RecordReader` expects.
    """

    def __init__(self, element: Element, rows: Sequence[Sequence[Any]]) -> None:
        reader = RecordReader(element)
        columns = [element.column_of(name) for name in element.required]
        self._records: dict[tuple[DataIdValue, ...], Record] = {}
        for row in rows:
            values = reader.read(row)
            key = tuple(values[column] for column in columns)
            if None not in key:
                wire = verbatim(DimensionRecord(element.name, values))
                self._records[key] = Record(values, wire)

    def get(self, key: tuple[DataIdValue, ...]) -> Record | None:
        """Return the record of a key, values in the order of ``required``."""
        return self._records.get(key)

    def search(self, conditions: Mapping[str, Any]) -> list[Record]:
        """Return the records with exactly these column values."""
        return [
            record
            for record in self._records.values()
            if all(record.values[name] == v for name, v in conditions.items())
        ]


@lru_cache(maxsize=4096)
def skypix_record(element: Element, index: DataIdValue) -> Record | None:
    """Return the computed record of a pixel, or `None` if there is no such pixel."""
    if element.skypix is None or not isinstance(index, int):
        return None
    cls, level = element.skypix
    module, _, name = cls.rpartition(".")
    pixelization = getattr(import_module(module), name)(level)
    if not any(begin <= index < end for begin, end in pixelization.universe()):
        return None
    region = pixelization.pixel(index).encode().hex()
    return Record.of(element, {"id": index, "region": region})

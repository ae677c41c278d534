"""Tables of what there may be many of: datasets, their types, collections, records."""

from collections.abc import Iterable, Sequence
from typing import Any

from ...protocol.collections import CollectionInfo
from ...protocol.printable import printable
from ..model import DataCoordinate, DatasetRef, DatasetType, DimensionRecord
from .html import table_of

_MOST_ROWS = 1000  # that a notebook shows; a browser is slow with many more


class ShownTable:
    """Looks like a table, as text and in a notebook.

    Parameters
    ----------
    columns
        Their names.
    rows
        Of the first things.
    count
        How many there are in all.
    """

    __slots__ = ("columns", "count", "rows")

    def __init__(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], count: int
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        cells = [[printable(v) for v in row] for row in [self.columns, *self.rows]]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        return "\n".join([*lines, *filter(None, [self._rest()])])

    def _repr_html_(self) -> str:
        return table_of(self.columns, self.rows, self._rest())

    def _rest(self) -> str:
        left = self.count - len(self.rows)
        return f"and {left} more" if left else ""


def show(things: Iterable[Any], most: int = _MOST_ROWS) -> ShownTable:
    """Return a table of datasets, data IDs, dataset types, collections or records.

    Parameters
    ----------
    things
        Of one kind.
    most
        Rows that are shown.

    Raises
    ------
    TypeError
        If they are something else.
    """
    every = list(things)
    described = [_described(each) for each in every[:most]]
    columns = list(dict.fromkeys(name for row in described for name in row))
    rows = [[row.get(name, "") for name in columns] for row in described]
    return ShownTable(columns, rows, len(every))


def _described(thing: Any) -> dict[str, object]:
    """Return what a row shows, by column."""
    match thing:
        case DatasetRef():
            about = {"type": thing.datasetType.name, "run": thing.run}
            return {**about, **thing.dataId.mapping, "id": thing.id}
        case DataCoordinate():
            return dict(thing.mapping)
        case DatasetType():
            names = ", ".join(thing.dimensions.names)
            about = {"name": thing.name, "dimensions": names}
            return {**about, "storage class": thing.storageClass_name}
        case CollectionInfo():
            about = {"name": thing.name, "type": thing.type.name}
            return {**about, "children": ", ".join(thing.children), "doc": thing.doc}
        case DimensionRecord():
            return {k: _short(k, v) for k, v in thing.toDict().items()}
    raise TypeError(f"{type(thing).__name__} is nothing that a table shows")


def _short(column: str, value: object) -> object:
    return "..." if column == "region" and value else value

"""Data IDs: values of dimensions, as a server has completed them."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...protocol.scalars import DataIdValue
from ..universe import DimensionGroup
from .dimension_record import DimensionRecord
from .timespan import Timespan


class DataCoordinate(Mapping[str, DataIdValue]):
    """A data ID; two with equal values of the required dimensions are equal.

    Parameters
    ----------
    dimensions
        That it has values of.
    values
        By dimension: those of all, or of the required ones only.
    records
        By dimension element, if they are known.
    """

    __slots__ = ("_mapping", "_records", "dimensions")

    def __init__(
        self,
        dimensions: DimensionGroup,
        values: Mapping[str, DataIdValue],
        records: Mapping[str, DimensionRecord] | None = None,
    ) -> None:
        self.dimensions = dimensions
        self._mapping = values
        self._records = records

    @property
    def mapping(self) -> Mapping[str, DataIdValue]:
        """All values that are known, required ones first."""
        return self._mapping

    @property
    def required(self) -> Mapping[str, DataIdValue]:
        """The values that identify it."""
        return {name: self._mapping[name] for name in self.dimensions.required}

    def hasFull(self) -> bool:
        """Tell whether implied values are known as well."""
        return len(self._mapping) == len(self.dimensions.names)

    def hasRecords(self) -> bool:
        """Tell whether its dimension records are known."""
        return self._records is not None

    @property
    def records(self) -> Mapping[str, DimensionRecord | None]:
        """Dimension records by element; `None` where there is none.

        Raises
        ------
        AttributeError
            If they are not known.
        """
        if self._records is None:
            raise AttributeError(
                "the records of this data ID are not known: ask for them with "
                "dimension_records=True"
            )
        known = self._records
        return {name: known.get(name) for name in self.dimensions.elements}

    @property
    def timespan(self) -> Timespan | None:
        """The time that its records share, if any has one."""
        spans = [r.timespan for r in self.records.values() if r and r.has("timespan")]
        found = [span for span in spans if span is not None]
        if not found:
            return None
        return found[0].intersection(*found[1:])

    def __getitem__(self, key: str) -> DataIdValue:
        return self._mapping[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapping)

    def __len__(self) -> int:
        return len(self._mapping)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DataCoordinate):
            return self._identity() == other._identity()
        if isinstance(other, Mapping):
            known = {key: self._mapping.get(key) for key in other}
            return known == dict(other) and self.required.keys() <= other.keys()
        return NotImplemented

    def __lt__(self, other: "DataCoordinate") -> bool:
        return self._identity() < other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _repr_html_(self) -> str:
        from ..showing.facts import html_of_data_id

        return html_of_data_id(self)

    def __repr__(self) -> str:
        values = ", ".join(f"{key}: {value!r}" for key, value in self.items())
        return f"{{{values}}}"

    def _identity(self) -> tuple[Any, ...]:
        names = self.dimensions.required
        return tuple(names), tuple(self._mapping[name] for name in names)

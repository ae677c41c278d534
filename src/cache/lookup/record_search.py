"""Finds the one dimension record that alternate keys and metadata describe."""

from dataclasses import dataclass
from typing import Any

from ...protocol.errors import DimensionValueError, InvalidQueryError
from ...protocol.scalars import DataIdValue
from ...registry import Element
from ..snapshot import Record
from .kept import search_records
from .view import View

_MOST_RECORDS = 1000
"""More matches than this are not told apart any further."""


def has_field(element: Element, name: str) -> bool:
    """Tell whether a record condition may name this field."""
    return name in element.facts or name in element.dependencies + element.implied


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """A search for records of one dimension.

    Parameters
    ----------
    dimension
        Whose records.
    fields
        Wanted values by column or dimension.
    values
        Dimension values of the data ID; those that say nothing about
        ``dimension`` are ignored.
    defaults
        Default data ID, asked for governor dimensions only.
    """

    view: View
    dimension: str
    fields: dict[str, DataIdValue]
    values: dict[str, DataIdValue]
    defaults: dict[str, DataIdValue]

    @property
    def element(self) -> Element:
        """The dimension itself."""
        return self.view.snapshot.universe.elements[self.dimension]

    async def check(self) -> None:
        """Compare the fields with the record of a value that the data ID gives.

        Several records (a dependency is missing) cannot be compared and pass.

        Raises
        ------
        DimensionValueError
            If there is no such record, or it says otherwise.
        InvalidQueryError
            If the governor dimension that the value depends on is not given.
        """
        given = {n: v for n, v in self.values.items() if n in self.element.required}
        given |= self._governors(given)
        self._require_governors(given)
        records = await self._fetch(given)
        if not records:
            raise DimensionValueError(
                f"Could not find dimension '{self.dimension}' with dataId {given} as "
                f"part of comparing with record values {self.fields}"
            )
        if len(records) > 1:
            return
        (record,) = records
        wrong = [
            f"{name} ({record.values[name]} != {value})"
            for name, value in self.fields.items()
            if record.values[name] != value
        ]
        if wrong:
            raise DimensionValueError(
                f"Dimension {self.dimension} in dataId has explicit value "
                f"{self.values[self.dimension]} inconsistent with {self.dimension} "
                f"dimension record: {', '.join(wrong)}"
            )

    async def matches(self) -> list[Record]:
        """Return the records with these fields and the data ID's values.

        Raises
        ------
        InvalidQueryError
            If a value has the wrong type, or an alternate key or dimension value is
            given without the governor dimension that it depends on.
        """
        self._check_types()
        group = self.view.snapshot.universe.group([self.dimension])
        given = {n: v for n, v in self.values.items() if n in group.names}
        given |= self._governors(given)
        self._require_governors(given)
        return await self._fetch(given, self.fields)

    def _governors(self, given: dict[str, DataIdValue]) -> dict[str, DataIdValue]:
        universe = self.view.snapshot.universe
        return {
            name: self.defaults[name]
            for name in self.element.required
            if universe.elements[name].governor
            and name not in given
            and name in self.defaults
        }

    def _require_governors(self, given: dict[str, DataIdValue]) -> None:
        elements = self.view.snapshot.universe.elements
        keys = {column.name for column in self.element.keys}
        by_key = keys.intersection(self.fields)
        for name in self.element.dependencies:
            if name in given or not elements[name].governor:
                continue
            if by_key or any(name in elements[n].dependencies for n in given):
                raise InvalidQueryError(
                    "Query 'where' expression references a dimension dependent on "
                    f"{name} without constraining it directly."
                )

    def _check_types(self) -> None:
        elements = self.view.snapshot.universe.elements
        for name, value in self.fields.items():
            column = self.element.facts.get(name) or elements[name].primary_key
            if not column.accepts(value):
                other = "string" if isinstance(value, str) else "int"
                raise InvalidQueryError(
                    f"Column types for comparison {self.dimension}.{name} == "
                    f"{value!r} do not agree ({column.type}, {other})."
                )

    async def _fetch(
        self,
        given: dict[str, DataIdValue],
        fields: dict[str, DataIdValue] | None = None,
    ) -> list[Record]:
        own = {*self.element.required, *self.element.implied}
        elements = self.view.snapshot.universe.elements
        if any(not elements[n].primary_key.accepts(v) for n, v in given.items()):
            return []
        conditions: dict[str, Any] = dict(fields or {})
        for name, value in given.items():
            column = self.element.column_of(name)
            if name not in own:
                continue
            if conditions.get(column, value) != value:
                return []
            conditions[column] = value
        distant = {n: v for n, v in given.items() if n not in own}
        records = await self._read(conditions)
        return [r for r in records if self._agrees(r, distant)]

    async def _read(self, conditions: dict[str, Any]) -> list[Record]:
        if self.element.small:
            return self.view.search_small(self.element, conditions)
        rows = await search_records(self.view, self.element, conditions, _MOST_RECORDS)
        return [Record.of(self.element, row) for row in rows]

    def _agrees(self, record: Record, distant: dict[str, DataIdValue]) -> bool:
        """Compare values that the record implies only through another record."""
        elements = self.view.snapshot.universe.elements
        known = {
            n: record.values[self.element.column_of(n)] for n in self.element.required
        }
        known |= {n: record.values[n] for n in self.element.implied}
        for name in self.element.implied:
            implied = elements[name]
            if (
                implied.small
                and implied.implied
                and known.keys() >= {*implied.required}
            ):
                further = self.view.record(implied, known)
                if further is not None:
                    known |= {n: further.values[n] for n in implied.implied}
        return all(known.get(n, value) == value for n, value in distant.items())


async def find_record(search: RecordSearch) -> Record:
    """Return the only match; of several visits, the one of the preferred system.

    Raises
    ------
    DimensionValueError
        If there is none, or several.
    """
    records = await search.matches()
    if len(records) > 1 and search.dimension == "visit":
        records = await _preferred_visit(search, records)
    if not records:
        raise DimensionValueError(
            f"DataId specification for dimension {search.dimension} matched no records "
            f"when constrained by {search.fields}"
        )
    if len(records) > 1:
        raise DimensionValueError(
            f"DataId specification for dimension {search.dimension} is not uniquely "
            f"constrained to a single dataset by {search.fields}. "
            f"Got {len(records)} results."
        )
    return records[0]


async def _preferred_visit(search: RecordSearch, visits: list[Record]) -> list[Record]:
    """Return the visit that belongs to the instrument's preferred visit system."""
    view, universe = search.view, search.view.snapshot.universe
    membership = universe.elements.get("visit_system_membership")
    instrument = search.values.get("instrument", search.defaults.get("instrument"))
    if membership is None or instrument is None:
        return visits
    record = view.record(universe.elements["instrument"], {"instrument": instrument})
    if record is None or "visit_system" not in record.values:
        return visits
    system = record.values["visit_system"]
    conditions = {
        "instrument": instrument,
        "visit_system": -1 if system is None else system,
        "visit": [visit.values["id"] for visit in visits],
    }
    members = await search_records(view, membership, conditions, _MOST_RECORDS)
    preferred = {member["visit"] for member in members}
    return [v for v in visits if v.values["id"] in preferred][:1] or visits

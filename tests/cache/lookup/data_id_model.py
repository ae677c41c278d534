"""How a data ID as people write it becomes the values of a search, obviously.

All dimension records are in lists; every question is answered by looking at each.
Rules: protocol v1, "Data-ID normalisation". Errors are `ModelError`s that carry the
code the client would see.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Record = dict[str, Any]
Values = dict[str, Any]


class ModelError(Exception):
    """An error with the code of the protocol."""

    @property
    def code(self) -> str:
        return str(self.args[0])


class DataIdModel:
    """Resolves data IDs by brute force.

    Parameters
    ----------
    records
        Per dimension, all rows: columns, and every dimension value that follows.
    keys
        Per dimension, the names of its key columns, the primary one first.
    types
        Per dimension and column, what values it takes.
    required
        Per dimension, the dimensions that identify a record.
    group
        Per dimension, everything that follows from it.
    preferred_visits
        Per instrument, the visits of its preferred visit system.
    """

    def __init__(
        self,
        records: Mapping[str, list[Record]],
        keys: Mapping[str, list[str]],
        types: Mapping[str, Mapping[str, str]],
        required: Mapping[str, list[str]],
        group: Mapping[str, list[str]],
        preferred_visits: Mapping[str, set[int]],
    ) -> None:
        self.records = records
        self.keys = keys
        self.types = types
        self.required = required
        self.group = group
        self.preferred_visits = preferred_visits

    def resolve(
        self, own: list[str], candidates: list[str], data_id: Values, defaults: Values
    ) -> Values:
        """Return dimension values for a dataset type.

        `own` are its dimensions, `candidates` those that bare names may belong to.
        """
        values: Values = {}
        conditions: dict[str, Values] = {}
        free: Values = {}
        for key, value in data_id.items():
            dimension, dot, field = key.partition(".")
            if dot:
                self._require(field in self.types.get(dimension, {}), "dimension_value")
                conditions.setdefault(dimension, {})[field] = value
            elif key not in self.types:
                free[key] = value
            elif alternate := self._alternate(key, value):
                conditions.setdefault(key, {})[alternate] = value
            else:
                values[key] = value
        for dimension, field in self._assign(own, candidates, free):
            conditions.setdefault(dimension, {})[field] = free[field]
        for dimension, fields in conditions.items():
            if dimension in values:
                self._compare(dimension, fields, values, defaults)
            else:
                values[dimension] = self._find(dimension, fields, values, defaults)
        return values

    def _alternate(self, dimension: str, value: Any) -> str | None:
        primary, *others = self.keys[dimension]
        if self._fits(dimension, primary, value):
            return None
        fitting = (name for name in others if self._fits(dimension, name, value))
        return next(fitting, None)

    def _fits(self, dimension: str, column: str, value: Any) -> bool:
        kind = self.types[dimension][column]
        if isinstance(value, str):
            return kind == "string"
        return kind in {"int", "float"}

    def _assign(
        self, own: list[str], candidates: list[str], free: Values
    ) -> Iterator[tuple[str, str]]:
        def has(dimension: str, field: str) -> bool:
            # Bare names are facts of the dimension itself, not its dependencies.
            known = field in self.types[dimension]
            return known and field not in self.group[dimension]

        owners = {field: [d for d in candidates if has(d, field)] for field in free}
        self._require(all(owners.values()), "dimension_value")
        everyone = [dimension for found in owners.values() for dimension in found]
        for field, found in owners.items():
            best = [d for d in found if d in own]
            if not best:
                best = ["exposure"] if sorted(found) == ["exposure", "visit"] else found
            yield max(best, key=everyone.count), field

    def _governors(
        self, dimension: str, values: Values, defaults: Values
    ) -> Iterator[tuple[str, Any]]:
        for name in ("instrument", "skymap"):
            if name in self.required[dimension] and name not in values:
                yield from ((n, v) for n, v in defaults.items() if n == name)

    def _compare(
        self, dimension: str, fields: Values, values: Values, defaults: Values
    ) -> None:
        given = {n: v for n, v in values.items() if n in self.required[dimension]}
        given |= dict(self._governors(dimension, values, defaults))
        self._require_governors(dimension, fields, given)
        found = self._having(dimension, given)
        self._require(bool(found), "dimension_value")
        if len(found) == 1:
            agrees = all(found[0][name] == value for name, value in fields.items())
            self._require(agrees, "dimension_value")

    def _find(
        self, dimension: str, fields: Values, values: Values, defaults: Values
    ) -> Any:
        fitting = (self._fits(dimension, name, v) for name, v in fields.items())
        self._require(all(fitting), "invalid_query")
        given = {n: v for n, v in values.items() if n in self.group[dimension]}
        given |= dict(self._governors(dimension, values, defaults))
        self._require_governors(dimension, fields, given)
        found = [
            record
            for record in self._having(dimension, given)
            if all(record[name] == value for name, value in fields.items())
        ]
        if len(found) > 1 and dimension == "visit":
            instrument = {**defaults, **values}.get("instrument", "")
            preferred = self.preferred_visits.get(instrument, set())
            found = [r for r in found if r["visit"] in preferred][:1] or found
        self._require(len(found) == 1, "dimension_value")
        return found[0][dimension]

    def _require_governors(self, dimension: str, fields: Values, given: Values) -> None:
        for governor in ("instrument", "skymap"):
            dependent = any(self._depends(name, governor) for name in given)
            by_key = bool(fields.keys() & {*self.keys[dimension]})
            needed = self._depends(dimension, governor) and (by_key or dependent)
            self._require(not needed or governor in given, "invalid_query")

    def _depends(self, dimension: str, governor: str) -> bool:
        return governor != dimension and governor in self.required[dimension]

    def _having(self, dimension: str, given: Values) -> list[Record]:
        return [
            record
            for record in self.records[dimension]
            if all(record[name] == value for name, value in given.items())
        ]

    @staticmethod
    def _require(holds: bool, code: str) -> None:  # noqa: FBT001 - an assertion
        if not holds:
            raise ModelError(code)

"""Random queries over small dimensions, put through daf_butler's own interface."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from lsst.daf.butler import Butler
from lsst.daf.butler.queries import Query
from lsst.daf.butler.queries.expression_factory import ExpressionFactory
from lsst.daf.butler.queries.tree import Predicate

from tests.queries.odd_records import RAFTS

GROUPS: list[tuple[str, ...]] = [
    ("instrument",),
    ("detector",),
    ("physical_filter",),
    ("band",),
    ("detector", "physical_filter"),
    ("physical_filter", "instrument", "detector", "band"),
    ("band", "detector"),
    ("day_obs",),
    ("detector", "day_obs"),
    ("skymap",),
    ("tract",),
    ("tract", "band"),
    ("visit_system",),
    ("skymap", "instrument"),
]
INTEGERS = [-4, -1, 0, 1, 2, 3, 4, 5, 512, 20250101, 2**53, 2**53 + 1, 2**62, 2**63 - 1]
STRINGS = ["Cam1", "cam1", "Ödd", "sky", "Sky2", "r", "G", "f1", "A", "B", "SCIENCE"]
GLOBS = ["*", "A*", "?", "*[x]*", "??", "*%", "a_b", "", "*é*", "R-?", "[A]", "S*E"]
STRINGS_AND_MORE = [*STRINGS, *RAFTS, "Aa", "", "none", "cAM1"]


@dataclass
class Column:
    """A column of a group, and how it is written."""

    element: str
    name: str | None
    is_text: bool

    def proxy(self, x: ExpressionFactory) -> Any:
        element = getattr(x, self.element)
        return element if self.name is None else getattr(element, self.name)

    def value(self, row: Any) -> Any:
        """Return its value in a data ID or a record."""
        if self.name is None:
            data_id = getattr(row, "dataId", row)
            if self.element in data_id.mapping:
                return data_id[self.element]
            return getattr(row, self.element)
        return getattr(row, self.name)


@dataclass
class Asked:
    """A query: conditions, what rows are, in which order, and how many."""

    kind: str
    dimensions: tuple[str, ...]
    where: list[Callable[[ExpressionFactory], Predicate]]
    order: list[tuple[Column, bool]]
    limit: int | None
    instrument: str | None
    fields: dict[str, set[str]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    def results(self, query: Query) -> Any:
        x = query.expression_factory
        query = query.join_dimensions(self.dimensions)
        for each in self.where:
            query = query.where(each(x))
        if self.instrument is not None:
            query = query.where(instrument=self.instrument)
        results: Any
        match self.kind:
            case "records":
                results = query.dimension_records(self.dimensions[0])
            case "general":
                results = query.general(
                    self.dimensions,
                    dimension_fields=self.fields,
                    find_first=False,
                )
            case _:
                results = query.data_ids(self.dimensions)
                if self.kind == "expanded":
                    results = results.with_dimension_records()
        terms = [
            column.proxy(x).desc if is_reversed else column.proxy(x)
            for column, is_reversed in self.order
        ]
        return results.order_by(*terms).limit(self.limit)


def columns(butler: Butler, dimensions: tuple[str, ...]) -> list[Column]:
    """Return what can be compared with literals."""
    universe = butler.dimensions
    found = []
    for name in universe.conform(dimensions).names:
        dimension = universe.dimensions[name]
        found.append(Column(name, None, dimension.primary_key.type == "string"))
        found += [
            Column(name, spec.name, spec.type == "string")
            for spec in dimension.schema.remainder
            if spec.type in {"int", "string"} and spec.name not in universe.dimensions
        ]
    return found


class Asking:
    """Makes queries.

    With ``ordered_text`` texts are compared and sorted as well.
    """

    def __init__(self, butler: Butler, random: Random, *, ordered_text: bool) -> None:
        self._butler = butler
        self._random = random
        self._ordered_text = ordered_text

    def query(self) -> Asked:
        random = self._random
        dimensions = random.choice(GROUPS)
        known = columns(self._butler, dimensions)
        kinds = ["ids", "expanded", "general"]
        if len(dimensions) == 1:
            kinds += ["records"] * 3
        asked = Asked(random.choice(kinds), dimensions, [], [], None, None)
        for _ in range(random.choice([0, 1, 1, 2, 3])):
            asked.where.append(self._condition(asked, known))
        names = self._butler.dimensions.conform(dimensions).names
        if "instrument" in names and random.random() < 0.6:
            asked.instrument = random.choice(["Cam1", "Cam1", "cam1", "Ödd", "none"])
        self._sort(asked, known)
        if asked.kind == "general":
            for column in random.sample(known, min(2, len(known))):
                if column.name is not None:
                    asked.fields.setdefault(column.element, set()).add(column.name)
            if "tract" in names:
                asked.fields["tract"] = {"region"}
            if "day_obs" in names:
                asked.fields["day_obs"] = {"timespan"}
        asked.limit = random.choice([None, None, 0, 1, 3, 1000])
        return asked

    def _sort(self, asked: Asked, known: list[Column]) -> None:
        usable = [
            column
            for column in known
            if (self._ordered_text or not column.is_text)
            and (
                column.name is None
                or (asked.kind == "records" and column.element == asked.dimensions[0])
            )
        ]
        for column in self._random.sample(usable, min(2, len(usable))):
            if self._random.random() < 0.5:
                asked.order.append((column, self._random.random() < 0.5))

    def _condition(
        self, asked: Asked, known: list[Column]
    ) -> Callable[[ExpressionFactory], Predicate]:
        random = self._random
        parts = [self._leaf(asked, known) for _ in range(random.choice([1, 1, 2, 3]))]
        joined = random.choice(["all", "any"])
        return lambda x: getattr(x, joined)(*(part(x) for part in parts))

    def _leaf(
        self, asked: Asked, known: list[Column]
    ) -> Callable[[ExpressionFactory], Predicate]:
        random = self._random
        column = random.choice(known)
        leaf, text = self._test(column)
        is_inverted = random.random() < 0.25
        asked.text.append(
            f"{'NOT ' * is_inverted}{column.element}.{column.name} {text}"
        )
        if is_inverted:
            return lambda x: x.not_(leaf(column.proxy(x)))
        return lambda x: leaf(column.proxy(x))

    def _test(self, column: Column) -> tuple[Callable[[Any], Predicate], str]:
        random = self._random
        values: list[Any] = STRINGS_AND_MORE if column.is_text else INTEGERS
        value = random.choice(values)
        kinds = ["==", "==", "!=", "in", "null"]
        kinds += ["glob", "glob"] if column.is_text else ["range", "range"]
        if self._ordered_text or not column.is_text:
            kinds += ["<", ">=", ">", "<="]
        kind = random.choice(kinds)
        match kind:
            case "in":
                some = random.choices(values, k=random.choice([0, 1, 2, 5]))
                return lambda c: c.in_iterable(some), f"in {some}"
            case "null":
                return lambda c: c.is_null, "is null"
            case "glob":
                pattern = random.choice(GLOBS)
                return lambda c: c.glob(pattern), f"glob {pattern!r}"
            case "range":
                start = random.choice([-5, -1, 0, 1, 20250101])
                length = random.choice([0, 1, 2, 10, None])
                step = random.choice([1, 1, 2, 3])
                stop = None if length is None else start + length
                return (
                    lambda c: c.in_range(start, stop, step),
                    f"in {start}:{stop}:{step}",
                )
        name = {
            "==": "__eq__",
            "!=": "__ne__",
            "<": "__lt__",
            "<=": "__le__",
            ">": "__gt__",
            ">=": "__ge__",
        }[kind]
        return lambda c: getattr(c, name)(value), f"{kind} {value!r}"

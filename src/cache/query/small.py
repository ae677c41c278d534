"""Rows over small dimensions: their records joined by equal keys.

A few thousand records are looked at, a thousand at a time, so that others are answered
in between.
"""

from collections.abc import Sequence

from ...protocol.dimensions import DataId
from ...protocol.queries import DimensionField, DimensionKey, QueryTree, Reversed
from ...registry import Element
from ..lookup.view import View
from ..snapshot import Record
from .columns import RecordColumn, Row, find_column
from .conditions import Clause, ConditionReader
from .governors import Constraints, governor_defaults
from .shapes import is_small
from .slowly import slowly
from .unknown import require

# A few ms of the event loop; for more a worker is quick enough.
_MOST_ROWS = 10_000
_MOST_CONDITIONS = 50
OrderTerm = DimensionKey | DimensionField | Reversed


class SmallQuery:
    """A query over dimensions all of whose records the snapshot has.

    Parameters
    ----------
    view
        What the reader sees.
    tree
        The query.
    defaults
        Its default data ID.

    Attributes
    ----------
    group
        Dimensions of each row.
    contradictions
        Why there can be no row, as the stock client is told.

    Raises
    ------
    NotKnownError
        If it is another query.
    """

    def __init__(self, view: View, tree: QueryTree, defaults: DataId) -> None:
        self._view = view
        self.group = view.snapshot.universe.group(tree.dimensions)
        require(known=is_small(self.group))
        require(known=sum(map(len, tree.predicate.operands)) <= _MOST_CONDITIONS)
        dialect = view.snapshot.contents.schema.dialect
        self._is_sqlite = dialect == "sqlite"
        self._reader = ConditionReader(self.group, has_binary_order=self._is_sqlite)
        self._clauses = [
            Clause(tuple(self._reader.test(leaf) for leaf in any_of))
            for any_of in tree.predicate.operands
        ]
        constraints = Constraints(self.group, tree.predicate)
        self.contradictions = constraints.contradictions
        self._governors = constraints.added(
            governor_defaults(self.group, defaults), validates=tree.validates
        )

    def order(self, terms: Sequence[OrderTerm]) -> list[tuple[RecordColumn, bool]]:
        """Return columns to sort by, and whether the largest come first.

        Raises
        ------
        NotKnownError
            If databases may differ about it, or it may be wrong.
        """
        order = []
        for term in terms:
            is_reversed = isinstance(term, Reversed)
            named = term.operand if isinstance(term, Reversed) else term
            column = find_column(self.group, named)
            require(known=self._reader.sortable(column))
            order.append((column, is_reversed))
        return order

    async def rows(self) -> list[Row]:
        """Return all rows, in no order."""
        rows: list[Row] = [{}]
        known: dict[str, tuple[str, str]] = {}
        done: set[str] = set()
        for element in self.group.lookup_order:
            records = await self._records(element)
            rows = await _join(rows, known, element, records)
            done.add(element.name)
            rows = await _kept(rows, self._mixed(element.name, done))
        # Of nothing, not even one thing holds.
        return rows if all(clause.tests for clause in self._clauses) else []

    def sort(
        self, rows: list[Row], order: Sequence[tuple[RecordColumn, bool]]
    ) -> list[Row]:
        """Return rows in order; where there is no value is for the database to say."""
        # SQLite has NULL before all values, PostgreSQL behind them.
        null = (0,) if self._is_sqlite else (2,)
        for column, is_reversed in reversed(order):

            def key(row: Row, column: RecordColumn = column) -> tuple[object, ...]:
                value = column.value(row)
                return null if value is None else (1, value)

            rows = sorted(rows, key=key, reverse=is_reversed)
        return rows

    async def _records(self, element: Element) -> list[Record]:
        """Return the records of an element that fulfil what is said of it alone."""
        name, conditions = element.name, {}
        if name in self._governors:
            conditions[element.primary_key.name] = self._governors[name]
        found = self._view.search_small(element, conditions)
        require(known=len(found) <= _MOST_ROWS)
        clauses = [c for c in self._clauses if c.elements == {name}]
        rows = await _kept([{name: record} for record in found], clauses)
        return [row[name] for row in rows]

    def _mixed(self, newest: str, done: set[str]) -> list[Clause]:
        """Return the conditions on several elements of which this is the last."""
        return [
            c
            for c in self._clauses
            if len(c.elements) > 1 and newest in c.elements and c.elements <= done
        ]


async def _kept(rows: list[Row], clauses: Sequence[Clause]) -> list[Row]:
    """Return the rows for which all conditions hold."""
    if not clauses:
        return rows
    return [
        row
        async for some in slowly(rows)
        for row in some
        if all(clause.holds(row) for clause in clauses)
    ]


async def _join(
    rows: list[Row],
    known: dict[str, tuple[str, str]],
    element: Element,
    records: list[Record],
) -> list[Row]:
    """Return each row with each record that belongs to it.

    Parameters
    ----------
    known
        Element and column that have the value of a dimension; those of the records are
        added.
    """
    own = {n: element.column_of(n) for n in (*element.required, *element.implied)}
    shared = [name for name in own if name in known]
    by_key: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        # What a record implies may be missing in old repositories.
        require(known=all(record.values[column] is not None for column in own.values()))
        key = tuple(record.values[own[name]] for name in shared)
        by_key.setdefault(key, []).append(record)
    places = [known[name] for name in shared]
    joined: list[Row] = []
    async for some in slowly(rows):
        for row in some:
            key = tuple(row[of].values[column] for of, column in places)
            matching = by_key.get(key, ())
            require(known=len(joined) + len(matching) <= _MOST_ROWS)
            joined += [{**row, element.name: record} for record in matching]
    for name, column in own.items():
        known.setdefault(name, (element.name, column))
    return joined

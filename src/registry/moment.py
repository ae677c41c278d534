"""At which moment of which database node a statement was answered.

`Marked` puts the moment beside every answer, also beside an empty one: only so can a
reader behind a pool of nodes know what it has read, and whether that is of the same
state as the definitions that it asked with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, literal, literal_column, select, true

from .node import LSN, NODE, union


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of one database node.

    Parameters
    ----------
    node
        The node and its life; empty on SQLite.
    text
        What the gate said. On a primary `pg_current_snapshot()`: equal texts are
        equal states. On a standby the replayed WAL position, which is read after the
        state was taken: a text that equals one read *before* is an equal state.
    connection
        Number of the gate's connection; after a reconnection nothing is equal. 0 for
        a statement's own moment.
    """

    node: str
    text: str
    connection: int = 0

    def is_at(self, other: "Moment") -> bool:
        """Tell whether both are the same state of the same node."""
        return (self.node, self.text) == (other.node, other.text)

    def with_all_of(self, other: "Moment") -> "Moment":
        """Return a moment at which all is visible that is visible at either.

        Moments that cannot be compared have none: then it is the other one.
        """
        if self.is_at(other):
            return self
        try:
            text = union(self.text, other.text)
        except ValueError:  # a standby was promoted
            return other
        return Moment(self.node, text) if self.node == other.node else other


# On a primary the whole text of the snapshot: its xmax alone does not move when a
# transaction that is already open commits.
GATE = (
    f"CASE WHEN pg_is_in_recovery() THEN '{LSN}' || pg_last_wal_replay_lsn()::text"
    " ELSE pg_current_snapshot()::text END"
)


class Marked:
    """A statement whose answer carries its moment.

    Parameters
    ----------
    statement
        What to ask. On SQLite it is left as it is.
    dialect
        Of the database.
    """

    def __init__(self, statement: Select[Any], dialect: str) -> None:
        self._is_marked = dialect == "postgresql"
        self.statement = _mark(statement) if self._is_marked else statement

    def read(
        self, rows: Sequence[Sequence[Any]]
    ) -> tuple[Moment | None, list[Sequence[Any]]]:
        """Return the moment, if the database tells it, and the statement's rows."""
        if not self._is_marked:
            return None, list(rows)
        node, text, *_ = rows[0]
        return Moment(node, text), [row[3:] for row in rows if row[2]]


def _mark(statement: Select[Any]) -> Select[Any]:
    moment = select(
        literal_column(str(NODE), Text()).label("node"),
        literal_column(GATE, Text()).label("gate"),
    ).subquery("moment")
    answer = statement.add_columns(literal(True).label("is_row")).subquery("answer")
    *columns, is_row = answer.c
    return select(*moment.c, is_row, *columns).select_from(
        moment.outerjoin(answer, true())
    )

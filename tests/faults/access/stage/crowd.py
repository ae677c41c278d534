"""A repository of very many collections, written by SQL: there are too many."""

import sqlite3
from contextlib import closing
from pathlib import Path

_RUN, _CHAINED = 1, 3
_MEMBERS = 10


def crowd(root: Path, reader: str, visible: int, total: int) -> None:
    """Let there be so many collections more, of which somebody sees some.

    All others belong to other users: RUNs, with a chain for each ten of them. All may
    hold datasets of type ``bias``.

    Parameters
    ----------
    reader
        The user to whom the visible ones belong.
    """
    runs = [(f"u/{reader}/run{n}", _RUN) for n in range(visible)]
    left = total - visible
    for number in range(left // (_MEMBERS + 1)):
        owner = f"u/owner{number}"
        runs += [(f"{owner}/run{n}", _RUN) for n in range(_MEMBERS)]
        runs.append((f"{owner}/chain", _CHAINED))
    with closing(sqlite3.connect(root / "gen3.sqlite3")) as connection, connection:
        (first,) = connection.execute(
            "SELECT max(collection_id) + 1 FROM collection"
        ).fetchone()
        rows = [(first + n, name, kind) for n, (name, kind) in enumerate(runs)]
        connection.executemany(
            "INSERT INTO collection (collection_id, name, type, doc)"
            " VALUES (?, ?, ?, 'what it is, and whose')",
            rows,
        )
        made = f"FROM collection WHERE collection_id >= {first}"
        connection.executescript(
            f"INSERT INTO run (collection_id) SELECT collection_id {made}"
            f" AND type = {_RUN};"
            "INSERT INTO collection_summary_dataset_type SELECT collection_id,"
            f" (SELECT id FROM dataset_type WHERE name = 'bias') {made};"
            "INSERT INTO collection_summary_instrument SELECT collection_id, 'Cam1'"
            f" {made};"
        )
        # A chain follows its members.
        connection.executemany(
            "INSERT INTO collection_chain (parent, position, child) VALUES (?, ?, ?)",
            [
                (id_, place, id_ - _MEMBERS + place)
                for id_, _, kind in rows
                if kind == _CHAINED
                for place in range(_MEMBERS)
            ],
        )

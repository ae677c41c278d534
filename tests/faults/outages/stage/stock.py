"""Releases and users for the tests of outages, written by SQL: there are too many.

A release is a chain of chains of chains of RUNs, with one dataset for each detector,
each in some RUN. A user's chain is an own RUN, which may hold something, and then the
release.
"""

from collections.abc import Callable
from uuid import UUID, uuid5

TYPE = "o_type"
TOP = "rel/top"
FIRST_DETECTOR = 1000
TAGS = "dataset_tags_00000001"  # of the first dataset type
_NAMESPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
_RUN, _CHAINED = 1, 3


def data_id(detector: int) -> dict[str, str | int]:
    return {"instrument": "Cam1", "detector": FIRST_DETECTOR + detector}


def dataset_id(detector: int) -> str:
    """Return the UUID of the release's dataset of a detector."""
    return str(uuid5(_NAMESPACE, str(detector)))


def user_chain(user: int) -> str:
    return f"u/{user}/chain"


class Stock:
    """Fills one database, by a function that executes SQL."""

    def __init__(self, execute: Callable[[str], object]) -> None:
        self._execute = execute

    def release(self, runs: int, detectors: int) -> None:
        """Make a release; a third of its chain levels hold the runs, by tens."""
        last = runs - 1
        self._collections("rel/run/%s", _RUN, last)
        self._collections("rel/low/%s", _CHAINED, last // 10)
        self._collections("rel/mid/%s", _CHAINED, last // 100)
        self._collections(TOP, _CHAINED, 0)
        self._chain("rel/low/%s", "rel/run/%s", runs, 10)
        self._chain("rel/mid/%s", "rel/low/%s", last // 10 + 1, 10)
        self._chain(TOP, "rel/mid/%s", last // 100 + 1, 100)
        self._detectors(detectors)
        self._datasets(runs, [(n, dataset_id(n)) for n in range(detectors)])

    def users(self, count: int) -> None:
        """Make users 0, 1 …; their RUNs may hold datasets, but do not yet."""
        self._collections("u/%s/run", _RUN, count - 1)
        self._collections("u/%s/chain", _CHAINED, count - 1)
        self._chain("u/%s/chain", "u/%s/run", count, 1)
        self._execute(
            "INSERT INTO collection_chain SELECT c.collection_id, 1, t.collection_id"
            " FROM collection c, collection t"
            f" WHERE c.name LIKE 'u/%/chain' AND t.name = '{TOP}'"
        )

    def collections(self, count: int) -> None:
        """Make documented user collections that may hold datasets, in chains of 10."""
        self._collections("many/run/%s", _RUN, count * 10 // 11 - 1)
        self._collections("many/chain/%s", _CHAINED, count // 11 - 1)
        self._chain("many/chain/%s", "many/run/%s", count * 10 // 11, 10)

    def _collections(self, pattern: str, kind: int, last: int) -> None:
        self._execute(
            "INSERT INTO collection (collection_id, name, type, doc)"
            " SELECT nextval('collection_seq_collection_id'),"
            f" format('{pattern}', n), {kind}, 'what it is, and whose'"
            f" FROM generate_series(0, {last}) n"
        )
        if kind == _RUN:
            self._hold(pattern.replace("%s", "%"))

    def _hold(self, glob: str) -> None:
        """Make RUNs of collections, and say what they may hold."""
        of = f"FROM collection WHERE name LIKE '{glob}'"
        type_ = f"(SELECT id FROM dataset_type WHERE name = '{TYPE}')"
        self._execute(f"INSERT INTO run (collection_id) SELECT collection_id {of}")
        self._execute(
            "INSERT INTO collection_summary_dataset_type"
            f" SELECT collection_id, {type_} {of};"
            "INSERT INTO collection_summary_instrument"
            f" SELECT collection_id, 'Cam1' {of}"
        )

    def _chain(self, parent: str, child: str, count: int, each: int) -> None:
        """Put children into parents, some into each."""
        self._execute(
            "INSERT INTO collection_chain"
            f" SELECT p.collection_id, n % {each}, c.collection_id"
            f" FROM generate_series(0, {count - 1}) n"
            f" JOIN collection p ON p.name = format('{parent}', n / {each})"
            f" JOIN collection c ON c.name = format('{child}', n)"
        )

    def _detectors(self, count: int) -> None:
        self._execute(
            "INSERT INTO detector"
            f" SELECT 'Cam1', {FIRST_DETECTOR} + n, 'x' || n, 'x', 'X', 'SCIENCE'"
            f" FROM generate_series(0, {count - 1}) n"
        )

    def _datasets(self, runs: int, ids: list[tuple[int, str]]) -> None:
        values = ", ".join(f"({n}, '{id_}'::uuid)" for n, id_ in ids)
        new = (
            "SELECT v.n, v.id, c.collection_id AS run, t.id AS type FROM new v"
            f" JOIN collection c ON c.name = 'rel/run/' || v.n % {runs}"
            f" JOIN dataset_type t ON t.name = '{TYPE}'"
        )
        self._execute(
            f"CREATE TEMPORARY TABLE new (n, id) AS VALUES {values};"
            f"INSERT INTO dataset SELECT id, type, 0, run FROM ({new});"
            f"INSERT INTO {TAGS}"
            " (dataset_type_id, collection_id, dataset_id, instrument, detector)"
            f" SELECT type, run, id, 'Cam1', {FIRST_DETECTOR} + n FROM ({new});"
            "INSERT INTO file_datastore_records"
            " SELECT new.id, 'rel/' || n, formatter, storage_class, component, NULL, 9"
            " FROM new, (SELECT * FROM file_datastore_records LIMIT 1)"
        )

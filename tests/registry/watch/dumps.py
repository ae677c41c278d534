"""Finds out from the tables themselves what a call has changed.

Tables are compared row by row, whoever wrote them; nothing here knows of triggers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from butlery.registry import DimensionUniverse, RepositoryConfig
from butlery.registry.watch import NamedChange

_IGNORED = ("dataset_location_trash",)
_LINES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
    " (SELECT relnamespace FROM pg_class WHERE oid = %s::regclass)"
)


@dataclass
class Changes:
    """What has to be named."""

    members: set[tuple[Any, int]] = field(default_factory=set)
    grown: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    new_datasets: bool = False
    definitions: bool = False

    def missed_by(self, change: NamedChange) -> list[str]:
        """Return what a change does not name."""
        if change.everything:
            return []
        missed = [
            f"{collection}, type {type_}"
            for collection, type_ in self.members
            if collection not in change.collections or type_ not in change.dataset_types
        ]
        missed += [f"grown: {e}" for e in self.grown - change.elements_grown]
        missed += [f"changed: {e}" for e in self.changed - change.elements_changed]
        if self.new_datasets and not change.new_datasets:
            missed.append("new datasets")
        if self.definitions and not change.definitions:
            missed.append("definitions")
        return missed


class Tables:
    """The tables of one repository."""

    def __init__(self, config: RepositoryConfig) -> None:
        url = config.database.set(drivername="postgresql")
        self._url = url.render_as_string(hide_password=False)
        self._namespace = config.namespace or "public"

    def dump(self) -> dict[str, Counter[tuple[Any, ...]]]:
        """Return all rows of all tables, as sorted (column, value) pairs."""
        with psycopg.connect(self._url) as connection:
            main = Identifier(self._namespace, "butler_attributes")
            names = connection.execute(_LINES, (main.as_string(connection),))
            return {name: self._rows(connection, name) for (name,) in names.fetchall()}

    def _rows(
        self, connection: psycopg.Connection[Any], name: str
    ) -> Counter[tuple[Any, ...]]:
        query = SQL("SELECT to_jsonb(t) FROM {} t")
        rows = connection.execute(query.format(Identifier(self._namespace, name)))
        return Counter(tuple(sorted(row.items())) for (row,) in rows if _plain(row))


def _plain(row: dict[str, Any]) -> bool:
    row.update({k: str(v) for k, v in row.items() if isinstance(v, dict | list)})
    return True


def changes_between(
    before: Mapping[str, Counter[tuple[Any, ...]]],
    after: Mapping[str, Counter[tuple[Any, ...]]],
) -> Changes:
    """Return what differs between two dumps."""
    found = Changes()
    universe = _universe(after)
    tables = {name: (before.get(name, Counter()), rows) for name, rows in after.items()}
    runs = dict(_runs(before)) | dict(_runs(after))
    for name, (old, new) in tables.items():
        gone, come = _as_dicts(old - new), _as_dicts(new - old)
        if name == "dataset":
            found.new_datasets = bool(come)
        if name == "dataset" or name.startswith(("dataset_tags_", "dataset_calibs_")):
            found.members |= {_member(row) for row in (*gone, *come)}
        elif name in {"dataset_location", "file_datastore_records"}:
            # Of a dataset that went before nothing can be asked any more.
            found.members |= {
                runs[row["dataset_id"]]
                for row in (*gone, *come)
                if row["dataset_id"] in runs
            }
        elif name in universe.elements:
            _add_records(found, universe, name, grown=bool(come), gone=bool(gone))
        elif "overlap" not in name and name not in _IGNORED:
            found.definitions |= bool(gone or come)
    return found


def _add_records(
    found: Changes, universe: DimensionUniverse, name: str, *, grown: bool, gone: bool
) -> None:
    elements = [
        name,
        *(e.name for e in universe.elements.values() if e.view_of == name),
    ]
    if gone:
        found.changed.update(elements)
    elif grown:
        found.grown.update(elements)
    if any(universe.elements[e].small for e in elements):
        found.definitions |= grown or gone


def _universe(dump: Mapping[str, Counter[tuple[Any, ...]]]) -> DimensionUniverse:
    attributes = {
        row["name"]: row["value"] for row in _as_dicts(dump["butler_attributes"])
    }
    return DimensionUniverse(attributes["config:dimensions.json"])


def _runs(
    dump: Mapping[str, Counter[tuple[Any, ...]]],
) -> Iterator[tuple[str, tuple[Any, int]]]:
    for row in _as_dicts(dump["dataset"]):
        yield row["id"], _member(row)


def _member(row: dict[str, Any]) -> tuple[Any, int]:
    keys = ("collection_id", "collection_name", "run_id", "run_name")
    return next(row[key] for key in keys if key in row), row["dataset_type_id"]


def _as_dicts(rows: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows.elements()]

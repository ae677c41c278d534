"""Which tables are watched, and which trigger tells what about each.

Not watched, because no answer is computed from them: ``dataset_location_trash``, the
overlap tables, ObsCore.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import TableClause

from ..schema import Schema
from .messages import encode

PREFIX = "butlery_watch_"
"""Begins the names of all functions and triggers of ours."""

MEMBERS, DATASETS, FILES = f"{PREFIX}members", f"{PREFIX}datasets", f"{PREFIX}files"
FIXED, TRUNCATED = f"{PREFIX}fixed", f"{PREFIX}truncated"
EQUIP_MEMBERS, EQUIP_FILES = f"{PREFIX}equip_members", f"{PREFIX}equip_files"

_EVERYTHING = encode(everything=True)
_DEFINITIONS = encode(definitions=True)
# New dataset types and datastores bring new tables, a migration anything.
_BRINGS_TABLES = encode(definitions=True, check=True)


class Trigger(NamedTuple):
    """One trigger of one table.

    Parameters
    ----------
    name
        Name of the trigger, after the prefix.
    event
        SQL: what fires it.
    rows
        Which transition table its function sees: ``NEW``, ``OLD`` or none.
    function
        Name of its function.
    argument
        What the function is given; empty for nothing.
    """

    name: str
    event: str
    rows: str
    function: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class WatchedTable:
    """A table and its triggers."""

    name: str
    triggers: tuple[Trigger, ...]


def watched_tables(
    schema: Schema, members: Iterable[str], files: Iterable[str]
) -> Iterator[WatchedTable]:
    """Yield all tables, in the order in which a writer touches them.

    Parameters
    ----------
    schema
        Tables that every repository of this universe has.
    members
        Names of the tables of dataset types (tags and calibs).
    files
        Names of the tables of file records.
    """
    # Locked in this order, too: nobody then waits for us who has what we wait for.
    for table in (schema.dataset_type.name, schema.opaque_meta.name):
        yield _brings_tables(table)
    yield WatchedTable("butler_attributes", _fixed(_BRINGS_TABLES, _BRINGS_TABLES))
    for table in _definition_tables(schema):
        yield WatchedTable(table, _fixed(_DEFINITIONS, _DEFINITIONS))
    for table, elements in _elements_by_table(schema).items():
        yield _element_table(schema, table, elements)
    yield WatchedTable(schema.dataset.name, _rowwise(DATASETS))
    for table in members:
        yield members_table(table)
    for table in ("dataset_location", *files):
        yield files_table(table)


def members_table(name: str) -> WatchedTable:
    """Return a table that says which datasets are in which collections."""
    return WatchedTable(name, _rowwise(MEMBERS))


def files_table(name: str) -> WatchedTable:
    """Return a table that says where datasets are stored."""
    return WatchedTable(name, _rowwise(FILES))


def _brings_tables(name: str) -> WatchedTable:
    function = EQUIP_MEMBERS if name == "dataset_type" else EQUIP_FILES
    equip = Trigger("equip", "INSERT", "NEW", function)
    return WatchedTable(name, (*_fixed(_BRINGS_TABLES, _BRINGS_TABLES), equip))


def _definition_tables(schema: Schema) -> Iterator[str]:
    tables: list[TableClause] = [
        schema.collection,
        schema.collection_chain,
        schema.summary_dataset_type,
        *schema.summary_governors.values(),
        schema.dimension_group,
    ]
    yield from (table.name for table in tables)
    yield from ("run", "dimension_graph_key")  # of no interest but for what they mean


def _elements_by_table(schema: Schema) -> Mapping[str, list[str]]:
    """Return the elements whose records each table holds; views share a table."""
    found: dict[str, list[str]] = {name: [name] for name in schema.elements}
    for element in schema.universe.elements.values():
        if element.view_of is not None:
            found[element.view_of].append(element.name)
    return found


def _element_table(schema: Schema, table: str, names: list[str]) -> WatchedTable:
    if any(schema.universe.elements[name].small for name in names):
        grown = encode(elements_grown=names, definitions=True)
        changed = encode(elements_changed=names, definitions=True)
    else:
        grown = encode(elements_grown=names)
        changed = encode(elements_changed=names)
    return WatchedTable(table, _fixed(grown, changed))


def _fixed(on_insert: str, on_change: str) -> tuple[Trigger, ...]:
    """Return triggers that always say the same, if any row was touched."""
    return (
        Trigger("insert", "INSERT", "NEW", FIXED, on_insert),
        Trigger("update", "UPDATE", "NEW", FIXED, on_change),
        Trigger("delete", "DELETE", "OLD", FIXED, on_change),
        Trigger("truncate", "TRUNCATE", "", TRUNCATED, on_change),
    )


def _rowwise(function: str) -> tuple[Trigger, ...]:
    """Return triggers whose function looks at the rows, old and new ones alike."""
    return (
        Trigger("insert", "INSERT", "NEW", function),
        Trigger("update_old", "UPDATE", "OLD", function),
        Trigger("update_new", "UPDATE", "NEW", function),
        Trigger("delete", "DELETE", "OLD", function),
        Trigger("truncate", "TRUNCATE", "", TRUNCATED, _EVERYTHING),
    )

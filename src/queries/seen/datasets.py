# ruff: noqa: SLF001 - there is no public way in
"""Datasets without those that a reader does not see.

A dataset is seen by who sees its RUN, wherever it is tagged or certified; and in RUNs
under embargo, if its night is open.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lsst.daf.butler._collection_type import CollectionType
from sqlalchemy import exists, literal, not_, or_

from ...protocol.embargo import Embargo
from ...protocol.query_sight import QuerySight
from .errors import NotCutError
from .nights import Nights, Term, has_prefix, is_seen, is_timed

Embargoes = Sequence[tuple[Embargo, Term]]
"""Those that concern datasets of a type, and whether the night of each is open."""


def seen_datasets(base: Any) -> Any:
    """Return a kind of dataset manager: tables come into queries cut."""

    class SeenDatasets(base):  # type: ignore[misc]
        sight: QuerySight
        nights: Nights
        tables_cut = 0

        def clone(self, **_: Any) -> Any:
            raise NotCutError("a copy would see everything")

        def get_dataset_refs(self, *_: Any) -> Any:
            raise NotCutError("no query reads single datasets")

        def make_joins_builder(self, *arguments: Any, **options: Any) -> Any:
            before = self.tables_cut
            builder = super().make_joins_builder(*arguments, **options)
            if self.tables_cut == before:
                raise NotCutError("datasets have not been cut out")
            return builder

        def _finish_query_builder(
            self, storage: Any, builder: Any, collections: Any, *arguments: Any
        ) -> Any:
            table = builder.joins.from_clause  # before others are joined to it
            finished = super()._finish_query_builder(
                storage, builder, collections, *arguments
            )
            embargoes = _embargoes(self, storage.dataset_type, table)
            finished.joins.where(*_cuts(self, table, collections, embargoes))
            self.tables_cut += 1
            return finished

    return SeenDatasets


def _embargoes(manager: Any, dataset_type: Any, table: Any) -> Embargoes:
    if not is_timed(dataset_type.dimensions):
        return []
    name = dataset_type.name
    names = {name, manager._reversed_renames.get(name, name)}
    return [
        (each, manager.nights.is_open(dataset_type.dimensions, table.columns, each))
        for each in manager.sight.embargoes
        if any(map(each.covers_type, names))
    ]


def _cuts(
    manager: Any, table: Any, collections: Sequence[Any], embargoes: Embargoes
) -> Iterator[Term]:
    """Yield what must hold for each dataset in some collections."""
    if any(record.type is not CollectionType.RUN for record in collections):
        yield _by_run(manager, table, embargoes)
        return
    column = table.columns[manager._collections.getCollectionForeignKeyName()]
    for embargo, is_open in embargoes:
        runs = [r.key for r in collections if embargo.covers_run(r.name)]
        if runs and len(runs) == len(collections):
            yield is_open
        elif runs:
            covered = manager._db.make_in_array_constraint(column, runs)
            yield or_(not_(covered), is_open)


def _by_run(manager: Any, table: Any, embargoes: Embargoes) -> Term:
    """Return whether a dataset's own RUN lets it be seen."""
    dataset = manager._static.dataset.alias()
    run = manager._collections._tables.collection.alias()
    key = run.columns[manager._collections._collectionIdName]
    joined = dataset.join(run, key == dataset.columns[manager._run_key_column])
    name = run.columns["name"]
    open_in_run: Iterable[Term] = (
        or_(not_(has_prefix(name, each.prefixes)), is_open)
        for each, is_open in embargoes
    )
    return (
        exists(literal(1))
        .select_from(joined)
        .where(
            dataset.columns["id"] == table.columns["dataset_id"],
            is_seen(name, manager.sight),
            *open_in_run,
        )
        .correlate_except(dataset, run)
    )

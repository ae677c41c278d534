"""Versioned snapshot of one repository.

Immutable and complete: a reader takes one reference and sees one version for the
whole request. What is sent verbatim is kept already encoded. A new snapshot shares
with the old one whatever did not change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...protocol.dimensions import UniverseResponse
from ...protocol.errors import UnavailableError
from ...protocol.scalars import DataIdValue, verbatim
from ...registry import (
    Contents,
    DimensionUniverse,
    Element,
    RegisteredDatasetType,
    Registry,
    RegistryReader,
    read_dataset_types,
    record_rows,
)
from .collections import Catalog, Collection, CollectionCatalog
from .dataset_types import DatasetTypeCatalog
from .records import Record, RecordSet, skypix_record
from .summaries import Summary, SummaryCatalog


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything small about a repository, as of one moment.

    Parameters
    ----------
    version
        Grows by one with every snapshot of this process; never goes back.
    contents
        The rows it was made from, with the gate text they stand for.
    universe_response
        Answer of ``GET v1/universe``, encoded.
    reader
        Lookups in the database with this snapshot's definitions.
    definitions
        The same object in all snapshots with the same definitions, and in no others.
    """

    version: int
    contents: Contents
    universe_response: UniverseResponse
    collections: Catalog
    summaries: SummaryCatalog
    dataset_types: DatasetTypeCatalog
    records: Mapping[str, RecordSet]
    reader: RegistryReader
    definitions: object

    @property
    def universe(self) -> DimensionUniverse:
        """The repository's dimension universe."""
        return self.contents.schema.universe

    def summary(self, collection: Collection) -> Summary:
        """Return what a collection, with all its members, may contain."""
        return self.summaries.union(self.collections.flatten([collection.name]))

    def dataset_type_names(self, collection: Collection) -> tuple[str, ...]:
        """Return the names of what a collection, with all its members, may contain."""
        members = (
            self.collections.flatten([collection.name])
            if collection.is_chain
            else (collection,)
        )
        return self.dataset_types.names(self.summaries.dataset_type_ids(members))

    def record(
        self, element: Element, values: Mapping[str, DataIdValue]
    ) -> Record | None:
        """Return a small or skypix element's record, or `None` if there is none."""
        if element.skypix is not None:
            return skypix_record(element, values[element.name])
        key = tuple(values[name] for name in element.required)
        return self.records[element.name].get(key)

    def sees(self, run: object) -> bool:
        """Tell whether datasets of a RUN, by its key, may be shown to the reader.

        Of a RUN that is newer than the snapshot nothing is known.
        """
        if self.collections.sight is None:
            return True
        known = self.collections.whole.by_key.get(run)
        return known is None or known.name in self.collections.by_name

    def require_readable(self, dataset_type: RegisteredDatasetType) -> None:
        """Check that the server may read a dataset type's tables.

        Raises
        ------
        UnavailableError
            Naming the missing right: a new dataset type brings a new table.
        """
        for table in (dataset_type.tags_table, dataset_type.calibs_table):
            if table in self.contents.unreadable:
                raise UnavailableError(
                    f"The server's database role may not read {table}, the table of "
                    f"dataset type {dataset_type.name!r}; run GRANT SELECT ON {table} "
                    "for that role (and ALTER DEFAULT PRIVILEGES for later tables)."
                )


def build_snapshot(
    registry: Registry, contents: Contents, previous: Snapshot | None
) -> Snapshot:
    """Make a snapshot, keeping every part of ``previous`` whose rows are the same."""
    schema = contents.schema
    old = previous if previous and previous.contents.schema is schema else None

    def unchanged(*names: str) -> Snapshot | None:
        """Return the old snapshot if it was made from the same rows."""
        if old and all(contents.rows[n] is old.contents.rows[n] for n in names):
            return old
        return None

    chains = unchanged(schema.collection.name, schema.collection_chain.name)
    governors = {g: t.name for g, t in schema.summary_governors.items()}
    summary_types = schema.summary_dataset_type.name
    summaries = unchanged(summary_types, *governors.values())
    types = unchanged(schema.dataset_type.name, schema.dimension_group.name)
    readable = types is not None and types.contents.unreadable == contents.unreadable
    datastores = unchanged(schema.opaque_meta.name)
    by_name = types.dataset_types.by_name if types else read_dataset_types(contents)
    keeps_reader = readable and datastores is not None
    new = Snapshot(
        version=previous.version + 1 if previous else 1,
        contents=contents,
        universe_response=old.universe_response
        if old
        else verbatim(UniverseResponse(schema.universe.document)),
        collections=chains.collections
        if chains
        else CollectionCatalog(
            contents.rows[schema.collection.name],
            contents.rows[schema.collection_chain.name],
        ),
        summaries=summaries.summaries
        if summaries
        else SummaryCatalog(
            contents.rows[summary_types],
            {g: contents.rows[name] for g, name in governors.items()},
        ),
        dataset_types=types.dataset_types if types else DatasetTypeCatalog(by_name),
        records={
            name: _record_set(schema.universe.elements[name], contents, old)
            for name in small_elements(schema.universe)
        },
        reader=old.reader
        if old and keeps_reader
        else registry.reader(contents, by_name),
        definitions=object(),
    )
    if old is not None and _is_like(old, new):
        return replace(new, definitions=old.definitions)
    return new


def _is_like(old: Snapshot, new: Snapshot) -> bool:
    """Tell whether two snapshots share all of their parts."""
    return (
        old.universe_response is new.universe_response
        and old.collections is new.collections
        and old.summaries is new.summaries
        and old.dataset_types is new.dataset_types
        and old.reader is new.reader
        and all(old.records[name] is new.records[name] for name in new.records)
    )


def small_elements(universe: DimensionUniverse) -> list[str]:
    """Return the elements whose records every snapshot holds."""
    return [e.name for e in universe.elements.values() if e.small]


def _record_set(
    element: Element, contents: Contents, old: Snapshot | None
) -> RecordSet:
    name = record_rows(element.name)
    if old and contents.rows[name] is old.contents.rows[name]:
        return old.records[element.name]
    return RecordSet(element, contents.rows[name])

"""The tables of a repository as SQLAlchemy Core objects.

Derived from the managers and the universe, never reflected; columns are always
named, because migrated repositories have another column order.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    Select,
    SmallInteger,
    String,
    TableClause,
    Text,
    Uuid,
    column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import INT8RANGE
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import TypeEngine

from .attributes import RegistryAttributes
from .columns import sql_type, timespan_bounds
from .dimensions import DimensionGroup, DimensionUniverse, Element


class Schema:
    """All tables that a reader needs, for one repository.

    Parameters
    ----------
    attributes
        Managers and universe of the repository.
    dialect
        ``sqlite`` or ``postgresql``.
    namespace
        PostgreSQL schema that holds the tables, or `None`.
    """

    def __init__(
        self, attributes: RegistryAttributes, dialect: str, namespace: str | None
    ) -> None:
        self.attributes = attributes
        self.dialect = dialect
        self.universe: DimensionUniverse = attributes.universe
        self.namespace = namespace
        by_id = attributes.collection_key == "collection_id"
        key_type: TypeEngine[Any] = BigInteger() if by_id else Text()
        self.collection_key_type = key_type
        self.collection = self._table(
            "collection",
            column("collection_id" if by_id else "name", key_type),
            *([column("name", Text)] if by_id else []),
            column("type", SmallInteger),
            column("doc", Text),
        )
        self.collection_chain = self._table(
            "collection_chain",
            column("parent", key_type),
            column("position", SmallInteger),
            column("child", key_type),
        )
        self.summary_dataset_type = self._table(
            "collection_summary_dataset_type",
            self._collection_column(),
            column("dataset_type_id", BigInteger),
        )
        self.summary_governors = {
            name: self._table(
                f"collection_summary_{name}",
                self._collection_column(),
                column(name, String),
            )
            for name in self.universe.governors
        }
        self.dataset_type = self._table(
            "dataset_type",
            column("id", BigInteger),
            column("name", Text),
            column("storage_class", Text),
            column("dimensions_key", BigInteger),
            column("tag_association_table", Text),
            column("calibration_association_table", Text),
        )
        self.dimension_group = self._table(
            "dimension_graph_definition",
            column("dimension_graph_id", BigInteger),
            column("dimension_name", Text),
        )
        self.opaque_meta = self._table("opaque_meta", column("table_name", Text))
        self.dataset = self._table(
            "dataset",
            column("id", Uuid),
            column("dataset_type_id", BigInteger),
            column(attributes.run_key, key_type),
        )
        self.elements = {
            element.name: self._element_table(element)
            for element in self.universe.elements.values()
            if element.has_table
        }

    @property
    def collection_id(self) -> Any:
        """Primary key of ``collection``, under either manager."""
        key = self.attributes.collection_key
        return self.collection.c["name" if key == "collection_name" else key]

    def tags(self, name: str, group: DimensionGroup) -> TableClause:
        """Return a table of RUN and TAGGED membership."""
        return self._table(name, *self._association_columns(group))

    def calibs(self, name: str, group: DimensionGroup) -> TableClause:
        """Return a table of CALIBRATION membership with validity ranges."""
        return self._table(
            name, *self._association_columns(group), *self._timespan_columns()
        )

    def file_records(self, name: str) -> TableClause:
        """Return the records table of a file datastore."""
        text = ("path", "formatter", "storage_class", "component", "checksum")
        return self._table(
            name,
            column("dataset_id", Uuid),
            *(column(name_, Text) for name_ in text),
            column("file_size", BigInteger),
        )

    def fixed_tables(self) -> Iterator[TableClause]:
        """Return every table that exists in a repository without datasets."""
        yield self.collection
        yield self.collection_chain
        yield self.summary_dataset_type
        yield from self.summary_governors.values()
        yield self.dataset_type
        yield self.dimension_group
        yield self.opaque_meta
        yield self.dataset
        yield from self.elements.values()

    def select_records(self, element: Element) -> Select[Any]:
        """Return the statement for all records of a small element.

        Columns are those of `DimensionRecordReader`, in its order.
        """
        if element.view_of is None:
            return select(*self.record_columns(element, self.elements[element.name]))
        values = self.elements[element.view_of].c[element.name]
        return select(values.label(element.primary_key.name)).distinct()

    def record_columns(self, element: Element, source: FromClause) -> list[Any]:
        """Return the columns of a record; a timespan takes the last two."""
        columns: list[Any] = [source.c[element.column_of(d)] for d in element.required]
        columns += [source.c[d] for d in element.implied]
        for field in element.fields:
            if field.type == "timespan":
                columns += timespan_bounds(source)
            else:
                columns.append(source.c[field.name])
        return columns

    def _table(self, name: str, *columns: ColumnClause[Any]) -> TableClause:
        if self.namespace is None:
            return table(name, *columns)
        return table(name, *columns, schema=self.namespace)

    def _collection_column(self) -> ColumnClause[Any]:
        return column(self.attributes.collection_key, self.collection_key_type)

    def _association_columns(self, group: DimensionGroup) -> list[ColumnClause[Any]]:
        dimensions = (self.universe.elements[name] for name in group.required)
        return [
            column("dataset_type_id", BigInteger),
            column("dataset_id", Uuid),
            self._collection_column(),
            *(column(d.name, sql_type(d.primary_key)) for d in dimensions),
        ]

    def _timespan_columns(self) -> list[ColumnClause[Any]]:
        if self.dialect == "postgresql":
            return [column("timespan", INT8RANGE)]
        return [
            column("timespan_begin", BigInteger),
            column("timespan_end", BigInteger),
        ]

    def _element_table(self, element: Element) -> TableClause:
        elements = self.universe.elements
        columns = [
            column(element.column_of(name), sql_type(elements[name].primary_key))
            for name in (*element.required, *element.implied)
        ]
        columns += [
            column(f.name, sql_type(f)) for f in element.fields if f.type != "timespan"
        ]
        if element.temporal:
            columns += self._timespan_columns()
        return self._table(element.name, *columns)

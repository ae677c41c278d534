"""Columns and schema of a table, without its rows."""

from typing import TYPE_CHECKING, Any

from ..packages import optional
from .arrays import as_dtype
from .astropy_tables import as_empty_astropy
from .columns import level_names, multi_columns, visible_names

if TYPE_CHECKING:
    import pyarrow as pa


class TableSchema:
    """The schema of a table in the terms of its type.

    Parameters
    ----------
    schema
        An empty data frame, an empty astropy table, or a NumPy type.
    """

    __slots__ = ("schema",)

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    def __repr__(self) -> str:
        return repr(self.schema)


def column_names(schema: "pa.Schema", storage_class: str) -> Any:
    """Return the names of columns: a list, or the index that pandas has for them.

    Parameters
    ----------
    schema
        Schema of the file.
    storage_class
        Storage class of the table, or of the component itself.
    """
    if not storage_class.startswith("DataFrame"):
        return list(schema.names)
    with optional("pandas"):
        import pandas as pd
    levels = level_names(schema)
    if len(levels) > 1:
        return pd.MultiIndex.from_tuples(list(multi_columns(schema)), names=levels)
    return pd.Index(visible_names(schema))


def table_schema(schema: "pa.Schema", storage_class: str) -> Any:
    """Return a schema: Arrow's own, or a `TableSchema`.

    Parameters
    ----------
    schema
        Schema of the file.
    storage_class
        Storage class of the table, or of the component itself.
    """
    if storage_class.startswith("DataFrame"):
        with optional("pandas"):
            return TableSchema(schema.empty_table().to_pandas())
    if storage_class.startswith("ArrowAstropy"):
        with optional("astropy"):
            return TableSchema(as_empty_astropy(schema))
    if storage_class.startswith("ArrowNumpy"):
        return TableSchema(as_dtype(schema))
    return schema

"""Astropy's tables of Arrow tables, with their units, descriptions and metadata."""

from typing import TYPE_CHECKING

from ..powers import check_powers
from .arrays import as_arrays, as_dtype

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Table

PANDAS_INDEX = "lsst::arrow::astropy_pandas_index"
_ATTRIBUTES = ("description", "format", "unit", "meta")


def as_astropy(table: "pa.Table") -> "Table":
    """Return an astropy table with the same columns.

    Parameters
    ----------
    table
        The table.
    """
    from astropy.table import Table

    made = Table(as_arrays(table))
    _describe(made, table.schema)
    if made.meta.get(PANDAS_INDEX, "") not in ("", *made.colnames):
        del made.meta[PANDAS_INDEX]
    return made


def as_empty_astropy(schema: "pa.Schema") -> "Table":
    """Return an astropy table with the same columns, and no rows.

    Parameters
    ----------
    schema
        Schema of a table.
    """
    import numpy as np
    from astropy.table import Table

    made = Table(np.zeros(0, as_dtype(schema)))
    _describe(made, schema)
    return made


def _describe(made: "Table", schema: "pa.Schema") -> None:
    """Set what the file says of a table: in astropy's own words, or for each field."""
    metadata = schema.metadata or {}
    written_by_astropy = metadata.get(b"table_meta_yaml")
    if written_by_astropy:
        _describe_from_yaml(made, written_by_astropy.decode())
        return
    for name in made.colnames:
        said = schema.field(name).metadata or {}
        for attribute in ("description", "unit"):
            value = said.get(attribute.encode(), b"").decode()
            if value:
                check_powers(value)
                setattr(made[name], attribute, value)
    index = metadata.get(PANDAS_INDEX.encode())
    if index:
        made.meta[PANDAS_INDEX] = index.decode()


def _describe_from_yaml(made: "Table", text: str) -> None:
    from astropy.table.meta import YamlParseError, get_header_from_yaml

    check_powers(text)
    try:
        header = get_header_from_yaml(text.split("\n"))
    except YamlParseError as error:
        raise ValueError("the description of the table is no YAML") from error
    columns = {column["name"]: column for column in header["datatype"]}
    for name in made.colnames:
        for attribute in _ATTRIBUTES:
            if attribute in columns[name]:
                setattr(made[name], attribute, columns[name][attribute])
    made.meta.update(header.get("meta", {}))

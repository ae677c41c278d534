"""The reader of Parquet files: what is asked for, and no more than that is fetched."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..demands import check_demand
from ..errors import UnsupportedReadError, unreadable
from ..packages import optional
from ..reader import cannot_be, refuse_parameters
from ..stored_file import StoredFile
from .columns import chosen_columns
from .schema import column_names, table_schema
from .types import convert, is_schema, is_table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_ASTROPY_META = b"table_meta_yaml"
_ROW_COUNT = b"lsst::arrow::rowcount"
_GUESSED_BYTES = 8


class ParquetReader:
    """Reads tables, their components ``columns``, ``rowcount`` and ``schema``.

    The parameter ``columns`` takes names and globs as daf_butler does; of a table
    with several levels of columns, tuples, or values by level.
    """

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return a table, or a component of it."""
        with _opened(file) as parquet:
            if component is None and not is_schema(file.label.storage_class):
                return _read_table(file, parquet, parameters, as_type)
            refuse_parameters(file, parameters)
            return _component(file, parquet, component or "schema", as_type)


def _read_table(
    file: StoredFile,
    parquet: "ParquetFile",
    parameters: Mapping[str, Any],
    as_type: str | None,
) -> Any:
    refuse_parameters(file, parameters, ("columns", "strip_astropy_meta_yaml"))
    target = as_type or file.label.storage_class
    if not is_table(target):
        if as_type is not None:
            raise cannot_be(file, as_type)
        target = "ArrowTable"
    schema = parquet.schema_arrow
    columns = chosen_columns(schema, parameters.get("columns"))
    _check_size(file, parquet, columns)
    table = parquet.read(
        columns=columns,
        use_threads=False,
        use_pandas_metadata=b"pandas" in (schema.metadata or {}),
    )
    if parameters.get("strip_astropy_meta_yaml", True):
        table = _without_astropy_meta(table)
    return convert(table, target)


def _component(
    file: StoredFile, parquet: "ParquetFile", component: str, as_type: str | None
) -> Any:
    target = as_type or file.label.storage_class
    match component:
        case "rowcount":
            return parquet.metadata.num_rows
        case "columns":
            return column_names(parquet.schema_arrow, target)
        case "schema":
            return table_schema(parquet.schema_arrow, target)
    raise UnsupportedReadError(
        f"A table has the components columns, rowcount, schema, and no {component!r}"
    )


@contextmanager
def _opened(file: StoredFile) -> "Iterator[ParquetFile]":
    with optional("pyarrow"):
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile

    with (
        unreadable(file, pa.ArrowException),
        file.open() as handle,
        # Ranges of columns that are close to each other are read as one.
        ParquetFile(handle, pre_buffer=True) as parquet,
    ):
        yield parquet


def _check_size(
    file: StoredFile, parquet: "ParquetFile", columns: list[str] | None
) -> None:
    """Compare what the chosen columns would take with what the file can hold.

    Numbers are counted; strings are not, for nothing tells of their length.
    """
    schema = parquet.schema_arrow
    width = sum(
        _width(field.type)
        for field in schema
        if columns is None or field.name in columns
    )
    check_demand(file, parquet.metadata.num_rows * width)


def _width(kind: "pa.DataType") -> int:
    size: int = getattr(kind, "list_size", 1)
    try:
        bits: int = getattr(kind, "value_type", kind).bit_width
    except ValueError:
        return _GUESSED_BYTES
    return max(1, bits // 8) * size


def _without_astropy_meta(table: "pa.Table") -> "pa.Table":
    """Leave out astropy's description of a table, if daf_butler wrote the file.

    It repeats what the fields say, and takes long to parse.
    """
    metadata = dict(table.schema.metadata or {})
    if metadata.pop(_ASTROPY_META, None) and _ROW_COUNT in metadata:
        return table.replace_schema_metadata(metadata)
    return table

"""The Python types that a table may be read as, by the names of their storage classes.

Besides daf_butler's own there is ``polars``, for a `polars.DataFrame`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import ReaderWarning
from ..packages import optional
from .arrays import as_arrays, as_records
from .astropy_tables import PANDAS_INDEX, as_astropy

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


def is_table(storage_class: str) -> bool:
    """Tell whether a storage class is one of tables.

    Parameters
    ----------
    storage_class
        Its name.
    """
    return storage_class in _CONVERSIONS


def is_schema(storage_class: str) -> bool:
    """Tell whether a storage class is one of schemas, which have files of their own.

    Parameters
    ----------
    storage_class
        Its name.
    """
    return storage_class.endswith("Schema")


def convert(table: "pa.Table", storage_class: str) -> Any:
    """Return a table as the type of a storage class.

    Parameters
    ----------
    table
        The table.
    storage_class
        Name of a storage class of tables.
    """
    return _CONVERSIONS[storage_class](table)


def _as_is(table: "pa.Table") -> "pa.Table":
    return table


def _as_astropy(table: "pa.Table") -> Any:
    with optional("astropy"):
        return as_astropy(table)


def _as_pandas(table: "pa.Table") -> "pd.DataFrame":
    with optional("pandas"):
        import pandas  # noqa: F401, ICN001
    frame = table.to_pandas(use_threads=False, integer_object_nulls=True)
    index = (table.schema.metadata or {}).get(PANDAS_INDEX.encode(), b"").decode()
    if index in table.schema.names:
        return frame.set_index(index)
    if index:
        import warnings

        text = (
            f"Column {index!r}, the index of the data frame, is not among the columns"
        )
        warnings.warn(text, ReaderWarning, stacklevel=2)
    return frame


def _as_polars(table: "pa.Table") -> "pl.DataFrame":
    with optional("polars"):
        import polars as pl
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101
    return frame


_CONVERSIONS: dict[str, Callable[["pa.Table"], Any]] = {
    "ArrowTable": _as_is,
    "ArrowAstropy": _as_astropy,
    "ArrowNumpy": as_records,
    "ArrowNumpyDict": as_arrays,
    "DataFrame": _as_pandas,
    "polars": _as_polars,
}

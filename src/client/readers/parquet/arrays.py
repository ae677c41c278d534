"""Columns of an Arrow table as NumPy arrays, with the types that daf_butler gives them.

A column with nulls becomes a masked array of the same type. Strings have a fixed
width, and lists of fixed size become further dimensions: where the file was written
by daf_butler, its metadata tell widths and shapes.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def as_arrays(table: "pa.Table") -> "dict[str, np.ndarray[Any, Any]]":
    """Return the columns by name.

    Parameters
    ----------
    table
        The table.
    """
    return {
        field.name: _as_array(table.column(number), field, table.schema.metadata or {})
        for number, field in enumerate(table.schema)
    }


def as_records(table: "pa.Table") -> "np.ndarray[Any, Any]":
    """Return a record array, masked if any value is null.

    Parameters
    ----------
    table
        The table.
    """
    import numpy as np
    from numpy.ma import mrecords

    arrays = as_arrays(table)
    dtype = np.dtype([(name, a.dtype, a.shape[1:]) for name, a in arrays.items()])
    masked = any(isinstance(each, np.ma.MaskedArray) for each in arrays.values())
    make: Any = mrecords.fromarrays if masked else np.rec.fromarrays
    records: np.ndarray[Any, Any] = make(list(arrays.values()), dtype=dtype)
    return records


def as_dtype(schema: "pa.Schema") -> "np.dtype[Any]":
    """Return the type of a table's rows.

    Parameters
    ----------
    schema
        Schema of the table.
    """
    import numpy as np
    import pyarrow as pa

    metadata = schema.metadata or {}
    fields: list[Any] = []
    for field in schema:
        if is_text(field.type):
            fields.append((field.name, _text_dtype(field, metadata, None)))
        elif isinstance(field.type, pa.FixedSizeListType):
            element = field.type.value_type.to_pandas_dtype()
            fields.append((field.name, element, _shape(field, metadata)))
        else:
            fields.append((field.name, field.type.to_pandas_dtype()))
    return np.dtype(fields)


def is_text(kind: "pa.DataType") -> bool:
    """Tell whether a type is of strings or bytes of variable length.

    Parameters
    ----------
    kind
        The type.
    """
    return _is_string(kind) or str(kind) in {"binary", "large_binary", "binary_view"}


def _as_array(
    column: "pa.ChunkedArray", field: "pa.Field", metadata: dict[bytes, bytes]
) -> "np.ndarray[Any, Any]":
    import numpy as np
    import pyarrow as pa

    array: np.ndarray[Any, Any] = _filled(column)
    if is_text(field.type):
        return array.astype(_text_dtype(field, metadata, array))
    if isinstance(field.type, pa.FixedSizeListType):
        element = field.type.value_type.to_pandas_dtype()
        array = np.stack(list(array)) if len(array) else array.astype(element)
        return array.reshape(len(column), *_shape(field, metadata))
    return array


def _filled(column: "pa.ChunkedArray") -> Any:
    """Return values, with a mask if any is null and something of their type below."""
    import numpy as np

    if column.null_count == 0:
        return column.to_numpy()
    null = _stand_in(column.type)
    values = column.fill_null(null).to_numpy()
    return np.ma.MaskedArray(values, column.is_null().to_numpy(), fill_value=null)


def _stand_in(kind: "pa.DataType") -> Any:
    """Return what is in place of a null, beneath the mask."""
    import pyarrow as pa

    if pa.types.is_floating(kind):
        return float("nan")
    if pa.types.is_signed_integer(kind):
        return -1
    if pa.types.is_boolean(kind):
        return True
    return "" if is_text(kind) else 0


def _text_dtype(
    field: "pa.Field",
    metadata: dict[bytes, bytes],
    column: "np.ndarray[Any, Any] | None",
) -> str:
    """Return the type of the longest string, or the one that the writer had."""
    known = metadata.get(f"lsst::arrow::len::{field.name}".encode())
    if known is not None:
        length = int(known)
    elif column is None or len(column) == 0:
        length = 10  # As daf_butler assumes, of what it cannot know.
    else:
        length = max((len(value) for value in column if value), default=0)
    return f"{'U' if _is_string(field.type) else 'S'}{length}"


def _shape(field: "pa.Field", metadata: dict[bytes, bytes]) -> tuple[int, ...]:
    """Return the shape of each value of a column that has several dimensions."""
    known = metadata.get(f"lsst::arrow::shape::{field.name}".encode())
    if known is None:
        return (field.type.list_size,)
    return tuple(int(n) for n in known.decode().strip("()").split(",") if n.strip())


def _is_string(kind: "pa.DataType") -> bool:
    return str(kind) in {"string", "large_string", "string_view"}

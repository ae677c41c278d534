import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy import units
from astropy.table import Table
from pyarrow import parquet as pq

from butlery.client.readers import (
    Label,
    LocalFile,
    Readers,
    TableSchema,
    UnreadableFileError,
    UnsupportedReadError,
)
from tests.client.readers.stock import (
    CountingFile,
    Stock,
    each_column_equal,
    memory_file,
)

PARQUET = "lsst.daf.butler.formatters.parquet.ParquetFormatter"
TABLES = ("ArrowTable", "ArrowAstropy", "ArrowNumpy", "ArrowNumpyDict", "DataFrame")


def arrow_table() -> pa.Table:
    """Every kind of column, with nulls and without."""
    return pa.table(
        {
            "id": pa.array([1, 2, 3]),
            "f32": pa.array([1.5, None, 3], pa.float32()),
            "u8": pa.array([1, None, 255], pa.uint8()),
            "i16": pa.array([-1, None, 3], pa.int16()),
            "flag": pa.array([True, None, False]),
            "all": pa.array([True, True, False]),
            "text": ["a", None, "öö"],
            "bytes": [b"a", b"", b"ccc"],
            "when": pa.array([0, 1, None], pa.timestamp("ns")),
            "vector": pa.array([[1.0, 2], [3, 4], [5, 6]], pa.list_(pa.float64(), 2)),
        }
    )


def astropy_table() -> Table:
    table = Table(
        {
            "x": np.array([1.0, 2.0]) * units.pix,
            "name": ["a", "bcd"],
            "raw": np.array([b"x", b"yz"]),
            "matrix": np.arange(12, dtype="i4").reshape(2, 2, 3),
            "masked": np.ma.MaskedArray([1, 2], mask=[True, False]),
        },
        meta={"EPOCH": 2026, "nested": {"a": [1]}},
    )
    table["x"].description = "column of the pixel"
    table["x"].format = "%.2f"
    return table


def assert_same(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    if isinstance(ours, Table):
        assert ours.meta == theirs.meta
        for name in theirs.colnames:
            for attribute in ("unit", "description", "format"):
                assert getattr(ours[name], attribute) == getattr(
                    theirs[name], attribute
                )
    if isinstance(ours, Table | np.ndarray):
        assert ours.dtype == theirs.dtype
        assert all(each_column_equal(ours, theirs))
    elif isinstance(ours, dict):
        assert_same(Table(ours), Table(theirs))
    elif isinstance(ours, pa.Table):
        assert ours.equals(theirs, check_metadata=True)
    else:
        testing = pytest.importorskip("pandas").testing
        testing.assert_frame_equal(ours, theirs)


@pytest.mark.parametrize("written", ["arrow", "astropy", "numpy", "dict", "pandas"])
@pytest.mark.parametrize("as_type", TABLES)
@pytest.mark.parametrize("parameters", [{}, {"strip_astropy_meta_yaml": False}])
def test_tables_are_equal_to_those_of_daf_butler_in_every_type(
    stock: Stock,
    readers: Readers,
    written: str,
    as_type: str,
    parameters: dict[str, Any],
) -> None:
    if as_type == "DataFrame":
        pytest.importorskip("pandas")
    content, storage_class = _written(written)
    if as_type.startswith("ArrowNumpy") or storage_class.startswith("ArrowNumpy"):
        parameters = {}
    ref, file = stock.put(content, storage_class)
    theirs = stock.get(ref, as_type=as_type, parameters=parameters)
    assert_same(readers.read(file, as_type=as_type, parameters=parameters), theirs)
    if as_type == storage_class:
        assert_same(readers.read(file, parameters=parameters), theirs)


def _written(kind: str) -> tuple[Any, str]:
    plain = astropy_table()
    del plain["masked"]
    if kind == "pandas":
        pandas = pytest.importorskip("pandas")
        index = pandas.Index([5, 6], name="row")
        return pandas.DataFrame({"a": [1, 2], "s": ["x", None]}, index=index), (
            "DataFrame"
        )
    return {
        "arrow": (arrow_table(), "ArrowTable"),
        "astropy": (astropy_table(), "ArrowAstropy"),
        "numpy": (plain.as_array(), "ArrowNumpy"),
        "dict": ({n: np.asarray(plain[n]) for n in plain.colnames}, "ArrowNumpyDict"),
    }[kind]


@pytest.mark.parametrize(
    "columns", ["f32", ["text", "id", "id"], "*", ["u*", "i?"], ["[tv]e*"]]
)
def test_columns_are_chosen_by_names_and_globs(
    stock: Stock, readers: Readers, columns: Any
) -> None:
    ref, file = stock.put(arrow_table(), "ArrowTable")
    parameters = {"columns": columns}
    assert_same(
        readers.read(file, parameters=parameters), stock.get(ref, parameters=parameters)
    )


def test_a_column_that_is_absent_is_an_error(readers: Readers) -> None:
    file = _parquet(arrow_table())
    with pytest.raises(UnsupportedReadError, match="no column 'absent'"):
        readers.read(file, parameters={"columns": ["id", "absent"]})


def test_what_has_no_meaning_for_a_table_is_an_error(readers: Readers) -> None:
    file = _parquet(arrow_table())
    with pytest.raises(UnsupportedReadError, match="filters"):
        readers.read(file, parameters={"filters": [("id", "==", 1)]})
    with pytest.raises(UnsupportedReadError, match="'psf'"):
        readers.read(file, component="psf")
    with pytest.raises(UnsupportedReadError, match="ExposureF"):
        readers.read(file, as_type="ExposureF")


@pytest.mark.parametrize(
    "columns",
    [
        [("a", "x"), ("b", "y")],
        {"upper": "a"},
        {"upper": ["b", "a"], "lower": "y"},
        None,
    ],
)
def test_columns_with_levels_are_those_of_daf_butler(
    stock: Stock, readers: Readers, columns: Any
) -> None:
    pandas = pytest.importorskip("pandas")
    index = pandas.MultiIndex.from_product(
        [["a", "b"], ["x", "y"]], names=["upper", "lower"]
    )
    frame = pandas.DataFrame(np.arange(8.0).reshape(2, 4), columns=index)
    ref, file = stock.put(frame, "DataFrame")
    parameters = {"columns": columns} if columns else {}
    ours = readers.read(file, parameters=parameters)
    assert_same(ours, stock.get(ref, parameters=parameters))
    names = readers.read(file, component="columns")
    assert names.equals(stock.get(ref, component="columns"))
    for wrong in ([("a", "z")], {"upper": "z"}, {"middle": "a"}):
        with pytest.raises(UnsupportedReadError):
            readers.read(file, parameters={"columns": wrong})


@pytest.mark.parametrize("storage_class", TABLES)
def test_components_are_those_of_daf_butler(
    stock: Stock, readers: Readers, storage_class: str
) -> None:
    if storage_class == "DataFrame":
        pytest.importorskip("pandas")
    table = astropy_table()
    del table["masked"]
    if storage_class != "ArrowAstropy":
        del table["matrix"]
    content = {
        # Without it daf_butler has no rowcount.
        "ArrowTable": lambda: arrow_table().replace_schema_metadata(
            {"lsst::arrow::rowcount": "3"}
        ),
        "ArrowAstropy": lambda: table,
        "ArrowNumpy": table.as_array,
        "ArrowNumpyDict": lambda: {n: np.asarray(table[n]) for n in table.colnames},
        "DataFrame": lambda: table.to_pandas().set_index("name"),
    }[storage_class]()
    ref, file = stock.put(content, storage_class)
    for component in ("columns", "rowcount", "schema"):
        ours = readers.read(file, component=component)
        theirs = stock.get(ref, component=component)
        if component == "rowcount":
            assert ours == theirs
        elif component == "columns":
            assert type(ours) is type(theirs)
            assert list(ours) == list(theirs)
        elif storage_class == "ArrowTable":
            assert ours.equals(theirs, check_metadata=True)
        else:
            assert isinstance(ours, TableSchema)
            assert repr(ours) == repr(theirs)
            if not isinstance(ours.schema, np.dtype):
                assert_same(ours.schema, theirs.schema)


def test_rows_are_counted_where_daf_butler_wrote_no_count(readers: Readers) -> None:
    assert readers.read(_parquet(arrow_table()), component="rowcount") == 3


def test_polars_is_given_by_request(readers: Readers) -> None:
    polars = pytest.importorskip("polars")
    table = arrow_table()
    read = readers.read(_parquet(table), as_type="polars")
    assert isinstance(read, polars.DataFrame)
    assert read["text"].to_list() == table["text"].to_pylist()


def _wide() -> bytes:
    rng = np.random.default_rng(1)
    stream = io.BytesIO()
    table = pa.table({f"c{n}": rng.random(20_000) for n in range(100)})
    pq.write_table(table, stream)
    return stream.getvalue()


def test_one_column_of_a_hundred_fetches_little_more_than_itself(
    readers: Readers,
) -> None:
    file = CountingFile(Label(PARQUET, "ArrowTable"), _wide())
    read = readers.read(file, parameters={"columns": "c42"})
    assert read.num_rows == 20_000
    assert file.fetched < 0.03 * file.size
    assert len(file.ranges) <= 4


@pytest.mark.parametrize("component", ["columns", "rowcount", "schema"])
def test_a_component_fetches_only_the_end_of_the_file(
    readers: Readers, component: str
) -> None:
    file = CountingFile(Label(PARQUET, "ArrowTable"), _wide())
    readers.read(file, component=component)
    assert file.fetched < 200_000 < file.size / 50


def _parquet(table: pa.Table, storage_class: str = "ArrowTable") -> LocalFile:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return memory_file(stream.getvalue(), PARQUET, storage_class)


@pytest.mark.parametrize("damage", ["empty", "cut", "noise", "other"])
def test_a_damaged_file_is_an_error(readers: Readers, damage: str) -> None:
    content = _parquet(arrow_table()).read()
    damaged = {
        "empty": b"",
        "cut": content[:-10],
        "noise": content[:-300] + bytes(292) + content[-8:],
        "other": b"SIMPLE  =" * 100,
    }[damage]
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(damaged, PARQUET, "ArrowTable"))


def test_pickled_metadata_are_not_unpickled(readers: Readers, tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "pwned",)

    metadata = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Hostile()),
    }
    field = pa.field("a", pa.int64(), metadata=metadata)
    table = pa.table([[1]], schema=pa.schema([field]))
    read = readers.read(_parquet(table))
    assert read["a"].to_pylist() == [1]
    assert not list(tmp_path.iterdir())


def test_yaml_in_metadata_makes_no_objects(readers: Readers, tmp_path: Path) -> None:
    text = f"!!python/object/apply:os.mkdir ['{tmp_path / 'pwned'}']"
    table = pa.table({"a": [1]}).replace_schema_metadata({"table_meta_yaml": text})
    with pytest.raises(UnreadableFileError):
        readers.read(_parquet(table, "ArrowAstropy"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "metadata",
    [
        {"pandas": "[" * 100_000},
        {"pandas": json.dumps({"column_indexes": "x"})},
        {"lsst::arrow::len::a": "x"},
        {"lsst::arrow::shape::v": "__import__('os').abort()"},
        {"lsst::arrow::shape::v": "(((((("},
        {"lsst::arrow::shape::v": "(1000000000000,)"},
        {"table_meta_yaml": "[" * 100_000},
        {"table_meta_yaml": "5"},
        {"table_meta_yaml": "{datatype: [{name: a, unit: 10+9999999999 m}]}"},
    ],
)
def test_metadata_that_make_no_sense_are_an_error(
    readers: Readers, metadata: dict[str, str]
) -> None:
    table = pa.table(
        {"a": ["x"], "v": pa.array([[1.0, 2]], pa.list_(pa.float64(), 2))}
    ).replace_schema_metadata(metadata)
    storage_class = "ArrowAstropy"
    if "pandas" in metadata:
        pytest.importorskip("pandas")
        storage_class = "DataFrame"
    with pytest.raises(UnreadableFileError):
        readers.read(_parquet(table, storage_class))


def test_a_unit_that_astropy_would_compute_for_ever_is_an_error(
    readers: Readers,
) -> None:
    field = pa.field("a", pa.float64(), metadata={"unit": "10**9999999999 m"})
    table = pa.table([[1.0]], schema=pa.schema([field]))
    with pytest.raises(UnreadableFileError, match="factor"):
        readers.read(_parquet(table, "ArrowAstropy"))


def test_a_small_file_that_claims_billions_of_rows_is_refused(
    readers: Readers,
) -> None:
    stream = io.BytesIO()
    schema = pa.schema({f"c{n}": pa.int64() for n in range(40)})
    rows = 4_000_000
    with pq.ParquetWriter(stream, schema) as writer:
        zeros = pa.array(np.zeros(rows, "i8"))
        writer.write_table(pa.table([zeros] * 40, schema=schema), row_group_size=rows)
    file = memory_file(stream.getvalue(), PARQUET, "ArrowTable")
    assert file.size < 1_000_000
    with pytest.raises(UnreadableFileError, match="claims 1280000000 bytes"):
        readers.read(file)
    assert readers.read(file, parameters={"columns": "c1"}).num_rows == rows

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from lsst.daf.butler.formatters.parquet import ArrowAstropySchema

from butlery.client.readers import (
    Readers,
    UnknownReaderError,
    UnsupportedReadError,
    use_pipelines,
)
from tests.client.readers.stock import Stock, memory_file


@pytest.fixture
def piped(readers: Readers) -> Readers:
    use_pipelines(readers)
    return readers


@pytest.mark.parametrize(
    ("content", "storage_class"),
    [({"a": [1]}, "StructuredDataDict"), (pa.table({"a": [1]}), "ArrowTable")],
)
def test_formatters_of_the_science_pipelines_are_used_on_request(
    stock: Stock, piped: Readers, content: Any, storage_class: str
) -> None:
    ref, file = stock.put(content, storage_class)
    assert piped.read(file) == stock.get(ref)


def test_a_pickle_is_read_on_request(stock: Stock, piped: Readers) -> None:
    _, file = stock.put(np.eye(2), "NumpyArray")
    assert np.array_equal(piped.read(file), np.eye(2))


def test_components_parameters_and_types_are_those_of_daf_butler(
    stock: Stock, piped: Readers
) -> None:
    table = pa.table({"a": [1, 2], "b": [3, 4]})
    table = table.replace_schema_metadata({"lsst::arrow::rowcount": "2"})
    _, file = stock.put(table, "ArrowAstropy")
    assert piped.read(file, component="rowcount") == 2
    assert isinstance(piped.read(file, component="schema"), ArrowAstropySchema)
    read = piped.read(file, parameters={"columns": "b"}, as_type="ArrowNumpyDict")
    assert list(read) == ["b"]
    with pytest.raises(UnsupportedReadError, match="absent"):
        piped.read(file, component="absent")


@pytest.mark.parametrize(
    "formatter",
    [
        "os.system",
        "lsst.daf.butler.Butler",
        "lsst.daf.butler.formatters",
        "lsst.daf.butler.formatters.json.json.loads",
        "lsst.daf.butler.formatters.json.from_json",
        "lsst.obs.absent.Formatter",
    ],
)
def test_a_name_that_is_no_formatter_is_refused_even_then(
    piped: Readers, formatter: str
) -> None:
    with pytest.raises(UnknownReaderError):
        piped.read(memory_file(b"{}", formatter, "StructuredDataDictionary"))

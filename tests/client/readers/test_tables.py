import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import QTable, Table
from astropy.time import Time

from butlery.client.readers import Readers, UnreadableFileError, UnsupportedReadError
from tests.client.readers.skies import written
from tests.client.readers.stock import Stock, each_column_equal, memory_file

ASTROPY = "lsst.daf.butler.formatters.astropyTable.AstropyTableFormatter"
GENERIC = "lsst.obs.base.formatters.fitsGeneric.FitsGenericFormatter"
HEADER = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: int64}\n"


def table(kind: type[Table] = Table) -> Table:
    made = kind(
        {
            "x": np.array([1.5, 2.5]) * units.mm,
            "name": ["a", "bcd"],
            "when": Time(["2026-01-01", "2026-01-02"]),
        },
        meta={"EPOCH": 2026},
    )
    made["name"].description = "who"
    return made


@pytest.mark.parametrize(
    ("kind", "storage_class"), [(Table, "AstropyTable"), (QTable, "AstropyQTable")]
)
def test_tables_are_equal_to_those_of_daf_butler(
    stock: Stock, readers: Readers, kind: type[Table], storage_class: str
) -> None:
    ref, file = stock.put(table(kind), storage_class)
    ours, theirs = readers.read(file), stock.get(ref)
    assert type(ours) is type(theirs) is kind
    assert ours.meta == theirs.meta
    for name in theirs.colnames:
        assert type(ours[name]) is type(theirs[name])
        assert (ours[name] == theirs[name]).all()
        assert ours[name].info.unit == theirs[name].info.unit
        assert ours[name].info.description == theirs[name].info.description


@pytest.mark.parametrize("kind", [Table, QTable])
def test_fits_is_read_as_astropy_reads_it(
    readers: Readers, kind: type[Table], tmp_path: Path
) -> None:
    path = tmp_path / "table.fits"
    table().write(path)
    storage_class = "AstropyQTable" if kind is QTable else "AstropyTable"
    file = memory_file(path.read_bytes(), ASTROPY, storage_class, "table.fits")
    read, expected = readers.read(file), kind.read(path)
    assert type(read) is kind
    assert read.meta == expected.meta
    assert all((read[name] == expected[name]).all() for name in expected.colnames)


def test_a_table_can_be_asked_for_in_other_types(
    stock: Stock, readers: Readers
) -> None:
    made = table()
    del made["when"]
    _, file = stock.put(made, "AstropyTable")
    assert type(readers.read(file, as_type="ArrowAstropy")) is Table
    assert type(readers.read(file, as_type="AstropyQTable")) is QTable
    array = readers.read(file, as_type="ArrowNumpy")
    assert all(each_column_equal(array, made.as_array()))
    with pytest.raises(UnsupportedReadError, match="ExposureF"):
        readers.read(file, as_type="ExposureF")
    pandas = pytest.importorskip("pandas")
    assert type(readers.read(file, as_type="DataFrame")) is pandas.DataFrame


def test_a_catalog_is_its_first_extension(readers: Readers) -> None:
    catalog = np.array([(1, 2.5)], [("id", "i8"), ("flux", "f8")])
    archive = np.zeros(3, [("row", "i4")])
    hdus = [fits.PrimaryHDU(), fits.BinTableHDU(catalog), fits.BinTableHDU(archive)]
    file = memory_file(
        written(fits.HDUList(hdus)), GENERIC, "SourceCatalog", "src.fits"
    )
    read = readers.read(file)
    assert read.colnames == ["id", "flux"]
    assert read["flux"][0] == 2.5


def test_a_suffix_that_is_unknown_is_an_error(readers: Readers) -> None:
    file = memory_file(b"", ASTROPY, "AstropyTable", "table.hdf5")
    with pytest.raises(UnsupportedReadError, match=r"table\.hdf5"):
        readers.read(file)


@pytest.mark.parametrize("form", ["{}", "file://{}", "{}\n"])
def test_a_table_that_is_a_path_does_not_open_it(
    readers: Readers, tmp_path: Path, form: str
) -> None:
    (tmp_path / "secret").write_text(f"{HEADER}a\n1\n")
    content = form.format(tmp_path / "secret").encode()
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(content, ASTROPY, "AstropyTable", "t.ecsv"))


@pytest.mark.parametrize(
    "meta",
    [
        "!!python/object/apply:os.mkdir ['{}']",
        "[" * 100_000,
        "{{__serialized_columns__: {{a: {{__class__: os.mkdir}}}}}}",
    ],
)
def test_a_header_in_yaml_makes_no_objects(
    readers: Readers, tmp_path: Path, meta: str
) -> None:
    text = f"{HEADER}# meta: {meta.format(tmp_path / 'pwned')}\na\n1\n"
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(text.encode(), ASTROPY, "AstropyTable", "t.ecsv"))
    assert not list(tmp_path.iterdir())


def test_units_that_astropy_would_compute_for_ever_are_an_error(
    readers: Readers,
) -> None:
    text = f"{HEADER[:-2]}, unit: 10^9999999999 m}}\na\n1\n"
    hdu = fits.BinTableHDU(np.zeros(1, [("a", "f8")]))
    hdu.header["TUNIT1"] = "10**(9999999999) m"
    content = written(fits.HDUList([fits.PrimaryHDU(), hdu]))
    for content_of, path in ((text.encode(), "t.ecsv"), (content, "t.fits")):
        with pytest.raises(UnreadableFileError, match="factor"):
            readers.read(memory_file(content_of, ASTROPY, "AstropyTable", path))


@pytest.mark.parametrize(
    "change", [{"NAXIS2": 10**12}, {"NAXIS1": 10**9}, {"TFIELDS": 999}, {"NAXIS1": -9}]
)
def test_a_fits_table_that_lies_is_an_error(
    readers: Readers, change: dict[str, Any]
) -> None:
    stream = io.BytesIO()
    Table({"a": np.arange(10)}).write(stream, format="fits")
    content = stream.getvalue()
    for keyword, value in change.items():
        at = content.rindex(f"{keyword:8}= ".encode()) + 10
        content = content[:at] + f"{value:20}".encode() + content[at + 20 :]
    with (
        pytest.warns(),
        pytest.raises(UnreadableFileError),
    ):
        readers.read(memory_file(content, ASTROPY, "AstropyTable", "t.fits"))

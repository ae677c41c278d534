import subprocess
import sys

import pytest

HEAVY = {
    "astropy", "email", "http", "importlib.metadata", "logging", "lsst", "numpy",
    "pandas", "pyarrow", "tempfile", "yaml", "zipfile",
}  # fmt: skip
PARQUET = "lsst.daf.butler.formatters.parquet.ParquetFormatter"


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_readers_imports_nothing_heavy() -> None:
    loaded = _run(
        "import sys; before = set(sys.modules)\n"
        "import butlery.client.readers\n"
        "print(*set(sys.modules) - before)"
    )
    assert not HEAVY & set(loaded.split())


@pytest.mark.parametrize(
    ("absent", "formatter", "storage_class", "install"),
    [
        ("pyarrow", PARQUET, "ArrowTable", "butlery[parquet]"),
        (
            "astropy",
            "lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter",
            "ExposureF",
            "butlery[fits]",
        ),
        (
            "astropy",
            "lsst.daf.butler.formatters.astropyTable.AstropyTableFormatter",
            "AstropyTable",
            "butlery[fits]",
        ),
        ("numpy", "any", "NumpyArray", "butlery[numpy]"),
        (
            "lsst.images",
            "lsst.images.formatters.GenericFormatter",
            "VisitImage",
            "lsst-images",
        ),
    ],
)
def test_a_package_that_is_missing_is_an_error_with_its_remedy(
    absent: str, formatter: str, storage_class: str, install: str
) -> None:
    told = _run(
        f"import sys; sys.modules[{absent!r}] = None\n"
        "from butlery.client.readers import *\n"
        f"label = Label({formatter!r}, {storage_class!r})\n"
        "try: Readers().read(LocalFile(label, b'', 'x.fits'))\n"
        "except MissingPackageError as error: print(error)"
    )
    assert f"pip install '{install}'" in told

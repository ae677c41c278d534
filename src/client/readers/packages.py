"""Optional packages: imported when a file needs them, and missed with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import MissingPackageError

_INSTALL = {
    "astropy": "butlery[fits]",
    "numpy": "butlery[numpy]",
    "pyarrow": "butlery[parquet]",
    "yaml": "butlery[yaml]",
    "lsst.daf.butler": "lsst-daf-butler",
    "lsst.images": "lsst-images",
}


@contextmanager
def optional(package: str) -> Iterator[None]:
    """Say what to install, if the imports within fail.

    Parameters
    ----------
    package
        What is imported: `pandas`, for instance.
    """
    try:
        yield
    except ImportError as error:
        raise MissingPackageError(package, _INSTALL.get(package, package)) from error

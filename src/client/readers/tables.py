"""Tables that astropy reads itself: FITS and ECSV.

Astropy is handed bytes, never a path or a text, in which it might see the name of
another file.
"""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import UnsupportedReadError, unreadable
from .extents import check_extent
from .packages import optional
from .powers import check_powers
from .reader import cannot_be, refuse_component, refuse_parameters
from .stored_file import StoredFile, suffix

if TYPE_CHECKING:
    from astropy.table import Table

_FORMATS = {".ecsv": "ascii.ecsv", ".fits": "fits", ".fit": "fits"}


class AstropyTableReader:
    """Reads an astropy table; its meaning of units follows the storage class.

    Parameters
    ----------
    hdu
        Number of the HDU to read of a FITS file, if not the first table. A catalog
        of the Science Pipelines is in the first extension; what else is in its file
        are tables too.
    """

    def __init__(self, hdu: int | None = None) -> None:
        self._hdu = hdu

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return the table."""
        refuse_component(file, component)
        refuse_parameters(file, parameters)
        target = as_type or file.label.storage_class
        if as_type not in {None, file.label.storage_class, *_CONVERSIONS}:
            raise cannot_be(file, target)
        return _CONVERSIONS.get(target, _as_is)(self._table(file, target))

    def _table(self, file: StoredFile, target: str) -> "Table":
        with optional("astropy"):
            from astropy.table import QTable, Table

        if suffix(file) not in _FORMATS:
            raise UnsupportedReadError(
                f"Tables are read from {sorted(_FORMATS)}, not from {file.path!r}"
            )
        form = _FORMATS[suffix(file)]
        options = {"hdu": self._hdu} if self._hdu and form == "fits" else {}
        kind = QTable if target == "AstropyQTable" else Table
        content = file.read()
        with unreadable(file):
            _check(file, content, form)
            return kind.read(io.BytesIO(content), format=form, **options)


def _check(file: StoredFile, content: bytes, form: str) -> None:
    """Refuse what astropy would choke on."""
    if form != "fits":
        lines = io.BytesIO(content)
        check_powers(b"".join(x for x in lines if x.startswith(b"#")).decode())
        return
    from astropy.io import fits

    with fits.open(io.BytesIO(content), memmap=False) as hdus:
        for hdu in hdus:
            check_extent(file, hdu, len(content))
            # What FITS has no words for, astropy keeps as YAML in comments; there a
            # backslash ends a line that goes on.
            for keyword in ("TUNIT*", "COMMENT*"):
                values = (str(card.value) for card in hdu.header[keyword].cards)
                check_powers("".join(values).replace("\\", ""))


def _as_is(table: "Table") -> "Table":
    return table


def _as_pandas(table: "Table") -> Any:
    with optional("pandas"):
        return table.to_pandas()


_CONVERSIONS: dict[str, Callable[["Table"], Any]] = {
    "AstropyTable": _as_is,
    "AstropyQTable": _as_is,
    "ArrowAstropy": _as_is,
    "ArrowNumpy": lambda table: table.as_array(),
    "DataFrame": _as_pandas,
}

"""Headers of images: where the first pixel is, and what a cutout changes."""

import warnings
from typing import TYPE_CHECKING

from ..errors import ReaderWarning
from ..powers import check_powers
from .box import Box

if TYPE_CHECKING:
    from astropy.io.fits import Header
    from astropy.units import UnitBase
    from astropy.wcs import WCS

MAX_SIP_ORDER = 20

# A header has the same keywords for the HDU as for what is in it.
_STRUCTURE = ("XTENSION", "SIMPLE", "EXTEND", "CHECKSUM", "DATASUM", "PCOUNT", "GCOUNT")


def first_pixel(header: "Header") -> tuple[int, int]:
    """Return column and row of the first pixel in the parent image.

    Parameters
    ----------
    header
        Header of an image. WCS A counts if it refers to the first pixel, as
        `lsst.afw` has it; without it, the keywords ``LTV1`` and ``LTV2``.
    """
    if header.get("CRPIX1A") == 1 and header.get("CRPIX2A") == 1:
        values = header.get("CRVAL1A", 0), header.get("CRVAL2A", 0)
    else:
        values = -header.get("LTV1", 0), -header.get("LTV2", 0)
    return round(values[0]), round(values[1])


def cut_header(header: "Header", box: Box, parent: Box) -> "Header":
    """Return the header of a cutout.

    Parameters
    ----------
    header
        Header of the whole image.
    box
        Box of the cutout, in the coordinates of the parent.
    parent
        Box of the whole image, in the same.
    """
    cut = header.copy()
    for axis, key in enumerate("xy", 1):
        start = getattr(box, key)[0]
        moved = start - getattr(parent, key)[0]
        for keyword in ("CRPIX", "LTV"):
            if f"{keyword}{axis}" in cut:
                cut[f"{keyword}{axis}"] -= moved
        if f"CRVAL{axis}A" in cut:
            cut[f"CRVAL{axis}A"] += moved
    cut["NAXIS2"], cut["NAXIS1"] = box.shape
    return cut


def merged_header(*headers: "Header") -> "Header":
    """Return the cards of several headers as one; of a keyword, the last counts.

    Parameters
    ----------
    *headers
        Headers, the most general first.
    """
    from astropy.io.fits import Header

    merged = Header()
    for header in headers:
        merged.update(header.copy())
    for keyword in _STRUCTURE:
        merged.remove(keyword, ignore_missing=True)
    return merged


def sky_wcs(header: "Header") -> "WCS | None":
    """Return the WCS, or `None` with a warning if astropy cannot read it.

    Parameters
    ----------
    header
        Header of an image or cutout.
    """
    from astropy.wcs import WCS

    if "CTYPE1" not in header:
        return None
    try:
        _check_orders(header)
        return WCS(header)
    # What a header can be wrong in is open-ended, and astropy's errors are too.
    except Exception as error:  # noqa: BLE001
        text = f"The image comes without WCS; its header cannot be understood: {error}"
        warnings.warn(text, ReaderWarning, stacklevel=2)
        return None


def _check_orders(header: "Header") -> None:
    """Refuse polynomials of absurd order, for which astropy would allocate and loop."""
    for keyword in ("A_ORDER", "B_ORDER", "AP_ORDER", "BP_ORDER"):
        if header.get(keyword, 0) > MAX_SIP_ORDER:
            raise ValueError(f"{keyword} is {header[keyword]}")


def unit_of(header: "Header") -> "UnitBase":
    """Return the unit of pixels; ADU, if the header names none that is known.

    Parameters
    ----------
    header
        Header of an image.
    """
    from astropy import units

    text = str(header.get("BUNIT") or "adu")
    try:
        check_powers(text)
        return units.Unit(text)
    except ValueError:
        told = f"Unknown unit {text!r}; taken for adu"
        warnings.warn(told, ReaderWarning, stacklevel=2)
        return units.adu

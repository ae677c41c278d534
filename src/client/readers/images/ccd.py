"""Planes of pixels, put together as `astropy.nddata.CCDData`."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ReaderWarning, UnsupportedReadError
from .box import Box, box_of
from .headers import cut_header, merged_header, sky_wcs, unit_of
from .layout import ImageFile
from .planes import invalid_pixels, mask_planes

if TYPE_CHECKING:
    from astropy.nddata import CCDData


def read_plane(
    images: ImageFile, plane: str, parameters: Mapping[str, Any]
) -> "CCDData":
    """Return one plane, whose ``data`` are its pixels.

    Parameters
    ----------
    images
        The open file.
    plane
        Name of the plane; empty if there is only one.
    parameters
        Perhaps ``bbox`` and ``origin``.
    """
    from astropy import units
    from astropy.nddata import CCDData

    box = _wanted_box(images, plane, parameters)
    header = cut_header(images.header(plane), box, images.box(plane))
    meta = merged_header(images.primary_header, header)
    unit = units.dimensionless_unscaled if mask_planes(header) else unit_of(meta)
    return CCDData(images.pixels(plane, box), unit=unit, wcs=sky_wcs(header), meta=meta)


def read_planes(
    images: ImageFile, plane: str, parameters: Mapping[str, Any]
) -> "CCDData":
    """Return an image with its mask and its variance, if it has them.

    Parameters
    ----------
    images
        The open file.
    plane
        Name of the plane of the image; empty if there is only one.
    parameters
        Perhaps ``bbox`` and ``origin``.
    """
    from astropy.nddata import VarianceUncertainty

    read = read_plane(images, plane, parameters)
    box = _wanted_box(images, plane, parameters)
    if _has(images, "MASK", plane):
        header = images.header("MASK")
        read.flags = images.pixels("MASK", box)
        read.mask = invalid_pixels(read.flags, header)
        read.meta.extend((c for c in header.cards if c[0].startswith("MP_")), end=True)
    if _has(images, "VARIANCE", plane):
        read.uncertainty = VarianceUncertainty(images.pixels("VARIANCE", box))
    return read


def _has(images: ImageFile, plane: str, main: str) -> bool:
    """Tell whether there is a plane, with a warning if it should be there."""
    found = images.has(plane)
    if main and not found:
        text = f"The image comes without {plane}, which its file does not have"
        warnings.warn(text, ReaderWarning, stacklevel=2)
    return found


def _wanted_box(images: ImageFile, plane: str, parameters: Mapping[str, Any]) -> Box:
    """Return the box that is asked for, in the coordinates of the parent."""
    full = images.box(plane)
    if parameters.get("bbox") is None:
        return full
    # The enumeration of lsst.afw has names, too.
    origin = parameters.get("origin", "PARENT")
    name = str(getattr(origin, "name", origin)).upper()
    if name not in {"PARENT", "LOCAL"}:
        raise UnsupportedReadError(f"origin must be PARENT or LOCAL, not {origin!r}")
    box = box_of(parameters["bbox"])
    if name == "LOCAL":
        box = box.shifted(full.x[0], full.y[0])
    if not full.contains(box):
        raise UnsupportedReadError(f"{box} is empty, or not within {full}")
    return box

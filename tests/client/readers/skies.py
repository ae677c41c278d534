"""Images in the layout that lsst.afw gives to its FITS files, written by astropy.

The layout is that of `Exposure::writeFits` and `ExposureInfo::_startWriteFits` in
lsst.afw: an empty primary HDU with the metadata and ``AR_HDU``; extensions named
IMAGE, MASK and VARIANCE, also in EXTTYPE; in each the WCS, ``LTV1`` and ``LTV2``, and
WCS A, whose value at its first pixel is the origin in the parent; in MASK a keyword
``MP_…`` for each plane, with the number of its bit; then binary tables of an archive.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.io import fits

X0, Y0 = 1000, 2000
PLANES = {"BAD": 0, "SAT": 1, "DETECTED": 5, "NO_DATA": 8, "DETECTED_NEGATIVE": 6}
# What lsst.afw uses: lossless for either kind of pixel.
COMPRESSION: dict[str, dict[str, Any]] = {
    "i": {"compression_type": "RICE_1"},
    "f": {"compression_type": "GZIP_2", "quantize_level": 0},
}


def pixels(shape: tuple[int, int]) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return image, mask and variance, in which every pixel tells its place."""
    rows, columns = np.indices(shape)
    image = (rows * shape[1] + columns).astype("f4")
    mask = np.where(columns % 7 == 0, 1 << PLANES["SAT"], 0)
    mask |= np.where(rows % 5 == 0, 1 << PLANES["DETECTED"], 0)
    return {
        "IMAGE": image,
        "MASK": mask.astype("i4"),
        "VARIANCE": (image + 1).astype("f4"),
    }


def exposure(
    planes: Mapping[str, "np.ndarray[Any, Any]"],
    *,
    compressed: bool = False,
    named_by: str = "EXTNAME",
    **cards: Any,
) -> bytes:
    """Return the file of an exposure."""
    primary = fits.PrimaryHDU()
    primary.header.update({"AR_HDU": 5, "EXPID": 17, "TELESCOP": "Simonyi"})
    hdus: list[Any] = [primary]
    for name, data in planes.items():
        header = _header(name, **cards)
        header[named_by] = name
        hdus.append(
            fits.CompImageHDU(data, header, **COMPRESSION[data.dtype.kind])
            if compressed
            else fits.ImageHDU(data, header)
        )
    archive = np.zeros(100, [("id", "i4"), ("x", "f8")])
    hdus.append(fits.BinTableHDU(archive, name="ARCHIVE_INDEX"))
    return written(fits.HDUList(hdus))


def single(shape: tuple[int, int], plane: str = "IMAGE", **cards: Any) -> bytes:
    """Return the file of an image that is in the primary HDU, as lsst.afw has it."""
    hdu = fits.PrimaryHDU(pixels(shape)[plane], _header(plane, **cards))
    return written(fits.HDUList([hdu]))


def written(hdus: "fits.HDUList") -> bytes:
    """Return the bytes of a FITS file."""
    stream = io.BytesIO()
    hdus.writeto(stream)
    return stream.getvalue()


def _header(name: str, **cards: Any) -> "fits.Header":
    header = fits.Header()
    header.update({"LTV1": -float(X0), "LTV2": -float(Y0)})
    for axis, origin in ((1, X0), (2, Y0)):
        header.update(
            {
                f"CTYPE{axis}A": "LINEAR",
                f"CRPIX{axis}A": 1.0,
                f"CRVAL{axis}A": float(origin),
                f"CUNIT{axis}A": "PIXEL",
            }
        )
    header.update(
        {
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CRPIX1": 50.0,
            "CRPIX2": 60.0,
            "CRVAL1": 150.0,
            "CRVAL2": 2.0,
            "CD1_1": -5e-5,
            "CD2_2": 5e-5,
        }
    )
    if name == "MASK":
        for plane, bit in PLANES.items():
            header[f"HIERARCH MP_{plane}"] = bit
    else:
        header["BUNIT"] = "nJy" if name == "IMAGE" else "nJy**2"
    header.update(cards)
    return header

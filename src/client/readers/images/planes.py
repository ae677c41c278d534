"""What the bits of a mask mean, and which of them make a pixel invalid."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from astropy.io.fits import Header

INVALID_PLANES = ("BAD", "CR", "NO_DATA", "SAT", "UNMASKEDNAN")
"""Planes whose pixels hold no measurement of the sky.

Others, such as DETECTED or EDGE, tell something about a valid pixel.
"""

_PREFIX = "MP_"


def mask_planes(header: "Header") -> dict[str, int]:
    """Return the numbers of bits by the names of planes.

    Parameters
    ----------
    header
        Header of a mask, or the ``meta`` of an image that was read with one.
    """
    return {
        key.removeprefix(_PREFIX): int(header[key])
        for key in header
        if key.startswith(_PREFIX)
    }


def invalid_pixels(
    flags: "np.ndarray[Any, Any]", header: "Header"
) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Return where any of `INVALID_PLANES` is set.

    Parameters
    ----------
    flags
        Pixels of a mask.
    header
        Its header.
    """
    planes = mask_planes(header)
    numbers = [planes[name] for name in INVALID_PLANES if name in planes]
    if any(not 0 <= number < 8 * flags.itemsize for number in numbers):
        raise ValueError(f"planes {planes} do not fit into {flags.dtype}")
    bits = sum(1 << number for number in numbers)
    invalid: np.ndarray[Any, np.dtype[np.bool_]] = (flags & bits) != 0
    return invalid

"""Images of the Science Pipelines in FITS files, as `astropy.nddata.CCDData`.

The layout is that of `lsst.afw.image`, read from its FITS readers and writers: an
empty primary HDU with the metadata, then the extensions IMAGE, MASK and VARIANCE,
each perhaps tile-compressed; the coordinates of the first pixel in WCS A; the mask's
planes as the bits that its keywords ``MP_…`` name. Further extensions hold what only
the Science Pipelines can read.
"""

from .box import Box
from .planes import INVALID_PLANES, mask_planes
from .reader import ImageReader

__all__ = ["INVALID_PLANES", "Box", "ImageReader", "mask_planes"]

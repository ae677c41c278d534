"""Regions on the sky, all in degrees; what they are, sphgeom knows.

It is imported at first use: few queries need it.
"""

from typing import Any


def point(position: Any) -> Any:
    """Return the smallest region around a position of sphgeom."""
    sphgeom = _sphgeom()
    return sphgeom.Circle(sphgeom.UnitVector3d(position))


def of_sky_coordinate(coordinate: Any) -> Any:
    """Return the smallest region around a coordinate of astropy."""
    icrs = coordinate.transform_to("icrs")
    if not icrs.isscalar:
        raise ValueError("One coordinate is needed, not an array of them.")
    return point(_position(icrs.ra.degree, icrs.dec.degree))


def of_point(ra: float, dec: float) -> Any:
    """Return ``POINT(ra, dec)``."""
    return point(_position(ra, dec))


def circle(ra: float, dec: float, radius: float) -> Any:
    """Return ``CIRCLE(ra, dec, radius)``."""
    sphgeom = _sphgeom()
    # sphgeom measures from the centre; daf_butler gives it the diameter all the same,
    # and answers must not depend on who asks.
    opening = sphgeom.Angle.fromDegrees(radius * 2)
    return sphgeom.Circle(sphgeom.UnitVector3d(_position(ra, dec)), opening)


def box(ra: float, dec: float, width: float, height: float) -> Any:
    """Return ``BOX(ra, dec, width, height)``."""
    sphgeom = _sphgeom()
    half = sphgeom.Angle.fromDegrees(width / 2), sphgeom.Angle.fromDegrees(height / 2)
    return sphgeom.Box(_position(ra, dec), *half)


def polygon(*coordinates: float) -> Any:
    """Return ``POLYGON(ra, dec, ra, dec, ra, dec, …)``."""
    sphgeom = _sphgeom()
    vertices = zip(coordinates[::2], coordinates[1::2], strict=True)
    return sphgeom.ConvexPolygon(
        [sphgeom.UnitVector3d(_position(ra, dec)) for ra, dec in vertices]
    )


def of_text(text: str) -> Any:
    """Return ``REGION(text)``, the text as the IVOA writes positions."""
    sphgeom = _sphgeom()
    return sphgeom.Region.from_ivoa_pos(text)


def _position(ra: float, dec: float) -> Any:
    sphgeom = _sphgeom()
    return sphgeom.LonLat.fromDegrees(ra, dec)


def _sphgeom() -> Any:
    from lsst import sphgeom

    return sphgeom

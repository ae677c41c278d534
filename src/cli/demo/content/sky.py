"""Positions on the sky that agree with the regions of the dimension records."""

import numpy as np
import numpy.typing as npt
from lsst.sphgeom import ConvexPolygon, LonLat

Degrees = npt.NDArray[np.float64]


def scatter(
    region: ConvexPolygon, count: int, rng: np.random.Generator
) -> tuple[Degrees, Degrees]:
    """Return random positions inside a region, denser towards its middle.

    A positive combination of the vertices of a convex polygon lies inside it.

    Parameters
    ----------
    region
        Where the positions lie.
    count
        Number of positions.
    rng
        Source of chance.

    Returns
    -------
    ra, dec
        Coordinates in degrees, each of shape ``(count,)``.
    """
    vertices = np.array([(v.x(), v.y(), v.z()) for v in region.getVertices()])
    points = rng.dirichlet(np.ones(len(vertices)), count) @ vertices
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    ra = np.degrees(np.arctan2(points[:, 1], points[:, 0])) % 360
    return ra, np.degrees(np.arcsin(points[:, 2]))


def middle(region: ConvexPolygon) -> tuple[float, float]:
    """Return right ascension and declination of a region's centroid, in degrees.

    Parameters
    ----------
    region
        Region whose middle is wanted.
    """
    centroid = LonLat(region.getCentroid())
    return centroid.getLon().asDegrees() % 360, centroid.getLat().asDegrees()

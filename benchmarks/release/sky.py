"""Where on the sky a release is: visits, detectors, tracts and patches, all square."""

from collections.abc import Iterable
from typing import Any

from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

from .observations import Observation
from .plan import SKYMAP
from .size import Size

Rows = Iterable[dict[str, Any]]
_GRID = 5
_PATCH_DEGREES = 0.2
_TRACT_DEGREES = 1.5
_DETECTOR_DEGREES = 0.2
_LEFT, _BOTTOM = 53.0, -28.0


def visit_region(of: Observation) -> ConvexPolygon:
    """Return what the camera saw."""
    return _square(*_pointing(of), 3 * _DETECTOR_DEGREES)


def detector_region(of: Observation, detector: int) -> ConvexPolygon:
    """Return what one of its three by three detectors saw."""
    north, east = divmod(detector, 3)
    lon, lat = _pointing(of)
    lon, lat = lon + east * _DETECTOR_DEGREES, lat + north * _DETECTOR_DEGREES
    return _square(lon, lat, _DETECTOR_DEGREES)


def sky_records(size: Size) -> dict[str, Rows]:
    """Return the rows of the skymap, its tracts and their patches, by element."""
    skymap = {
        "name": SKYMAP,
        "hash": b"release",
        "tract_max": 20_000,
        "patch_nx_max": _GRID,
        "patch_ny_max": _GRID,
    }
    of = {"skymap": SKYMAP}
    tracts = [
        {**of, "id": tract, "region": _square(*_corner(tract), _TRACT_DEGREES)}
        for tract in range(size.tracts)
    ]
    patches = [
        {**of, "tract": tract, **_patch(tract, patch)}
        for tract in range(size.tracts)
        for patch in range(size.patches)
    ]
    return {"skymap": [skymap], "tract": tracts, "patch": patches}


def _patch(tract: int, patch: int) -> dict[str, Any]:
    y, x = divmod(patch, _GRID)
    lon, lat = _corner(tract)
    lon, lat = lon + x * _PATCH_DEGREES, lat + y * _PATCH_DEGREES
    region = _square(lon, lat, _PATCH_DEGREES)
    return {"id": patch, "cell_x": x, "cell_y": y, "region": region}


def _corner(tract: int) -> tuple[float, float]:
    return _LEFT + tract * _TRACT_DEGREES, _BOTTOM


def _pointing(of: Observation) -> tuple[float, float]:
    return _LEFT + of.number % 7 * 0.1, _BOTTOM + of.night.day % 5 * 0.1


def _square(lon: float, lat: float, size: float) -> ConvexPolygon:
    corners = ((0, 0), (size, 0), (size, size), (0, size))
    points = [LonLat.fromDegrees(lon + x, lat + y) for x, y in corners]
    return ConvexPolygon([UnitVector3d(point) for point in points])

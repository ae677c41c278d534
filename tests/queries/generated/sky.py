"""Two instruments that look at one small patch of the sky for a few nights.

Regions and times overlap in many ways.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

from astropy.time import Time, TimeDelta
from lsst.daf.butler import Butler, Timespan
from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

FIRST_NIGHT = Time("2024-03-01T00:00:00", scale="tai", format="isot")
NIGHTS = 4
CAMERAS = {"CamA": 4, "CamB": 3}
FILTERS = {"CamA": ("A-g", "A-r", "A-i2"), "CamB": ("B-g", "B-r")}
TRACTS = (0, 1, 2)


def add_sky(butler: Butler) -> None:
    """Insert all dimension records."""
    _add_instruments(butler)
    _add_sky(butler)
    _add_observations(butler)


def box(ra: float, dec: float, width: float, height: float) -> ConvexPolygon:
    """Return a region by its lower corner and size, in degrees."""
    corners = ((ra, dec), (ra + width, dec), (ra + width, dec + height))
    return ConvexPolygon(
        [
            UnitVector3d(LonLat.fromDegrees(*corner))
            for corner in (*corners, (ra, dec + height))
        ]
    )


def night(number: int) -> int:
    return 20240301 + number


def _insert(butler: Butler, element: str, rows: Iterable[dict[str, Any]]) -> None:
    butler.registry.insertDimensionData(element, *rows)


def _add_instruments(butler: Butler) -> None:
    for camera, detectors in CAMERAS.items():
        row = {"name": camera, "class_name": "x", "visit_system": 0}
        limits = {"visit_max": 999, "exposure_max": 999, "detector_max": 9}
        _insert(butler, "instrument", [row | limits])
        of = {"instrument": camera}
        _insert(
            butler,
            "detector",
            [
                of
                | {"id": n, "full_name": f"D{n}_{camera[-1]}", "raft": f"R{n % 2}"}
                | {"purpose": "GUIDER" if n == 2 else "SCIENCE"}
                for n in range(detectors)
            ],
        )
        _insert(
            butler,
            "physical_filter",
            [of | {"name": name, "band": name[2]} for name in FILTERS[camera]],
        )
        _insert(
            butler, "day_obs", [of | {"id": night(n)} | _day(n) for n in range(NIGHTS)]
        )
        _insert(butler, "visit_system", [of | {"id": 0, "name": "one-to-one"}])


def _day(number: int) -> dict[str, Any]:
    begin = FIRST_NIGHT + TimeDelta(number, format="jd", scale="tai")
    end = begin + TimeDelta(1, format="jd", scale="tai")
    return {"timespan": Timespan(begin, end)}


def _add_sky(butler: Butler) -> None:
    limits = {"tract_max": 9, "patch_nx_max": 2, "patch_ny_max": 2}
    _insert(butler, "skymap", [{"name": "map", "hash": b"map"} | limits])
    for tract in TRACTS:
        of = {"skymap": "map", "tract": tract}
        row = {"skymap": "map", "id": tract, "region": box(10 + tract, 0, 1.1, 1.1)}
        _insert(butler, "tract", [row])
        places = list(enumerate(product((0, 1), (0, 1))))
        _insert(
            butler,
            "patch",
            [
                of
                | {"id": n, "cell_x": x, "cell_y": y}
                | {"region": box(10 + tract + x / 2, y / 2, 0.55, 0.55)}
                for n, (x, y) in places
            ],
        )


def _add_observations(butler: Butler) -> None:
    for camera, detectors in CAMERAS.items():
        rows = [_observation(camera, number) for number in range(3 * NIGHTS)]
        _insert(
            butler,
            "group",
            [{"instrument": camera, "name": row["group"]} for row in rows],
        )
        _insert(butler, "exposure", [_fields(butler, "exposure", row) for row in rows])
        # One exposure of each night is of no visit.
        visits = [row for row in rows if row["id"] % 3]
        _insert(butler, "visit", [_fields(butler, "visit", row) for row in visits])
        ids = [{"instrument": camera, "visit": row["id"]} for row in visits]
        _insert(
            butler, "visit_definition", [of | {"exposure": of["visit"]} for of in ids]
        )
        _insert(
            butler, "visit_system_membership", [of | {"visit_system": 0} for of in ids]
        )
        _insert(
            butler,
            "visit_detector_region",
            [
                {"instrument": camera, "visit": row["id"], "detector": n}
                | {"region": _piece(row, n)}
                for row in visits
                for n in range(detectors)
            ],
        )


def _observation(camera: str, number: int) -> dict[str, Any]:
    day = number // 3
    hours = 24 * day + 2 + 5 * (number % 3)
    begin = FIRST_NIGHT + TimeDelta(hours * 3600, format="sec", scale="tai")
    # Some last for a few hours, and overlap with those of the other instrument.
    length = TimeDelta(3600.0 * (1 + number % 4), format="sec", scale="tai")
    shift = 0.3 if camera == "CamB" else 0.0
    return {
        "instrument": camera,
        "id": 100 + number,
        "physical_filter": FILTERS[camera][number % len(FILTERS[camera])],
        "day_obs": night(day),
        "group": f"group {number}",
        "obs_id": f"{camera}-{number}",
        "name": f"{camera} {number}",
        "seq_num": number,
        "exposure_time": 15.0 * (1 + number % 3),
        "observation_type": "science" if number % 5 else "dark",
        "observation_reason": None if number % 2 else "survey",
        "target_name": None if number % 4 == 0 else f"field{number % 4}",
        "zenith_angle": 10.0 + number,
        "has_simulated": number % 6 == 0,
        "can_see_sky": (None, True, False)[number % 3],
        "timespan": Timespan(begin, begin + length),
        "place": (10.1 + 0.25 * number + shift, 0.1 + 0.3 * (number % 3)),
        "region": box(10.1 + 0.25 * number + shift, 0.1 + 0.3 * (number % 3), 0.5, 0.4),
    }


def _piece(row: dict[str, Any], detector: int) -> ConvexPolygon:
    ra, dec = row["place"]
    return box(ra + 0.12 * detector, dec, 0.12, 0.4)


def _fields(butler: Butler, element: str, row: dict[str, Any]) -> dict[str, Any]:
    names = butler.dimensions[element].RecordClass.fields.names
    return {name: row[name] for name in names if name in row}

"""Dimension records of a release, by the stock Butler, which relates them by place."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from astropy.time import Time
from lsst.daf.butler import Butler, Timespan

from .observations import Observation, detector_name, observations
from .plan import FILTERS, INSTRUMENT
from .size import Size
from .sky import Rows, detector_region, sky_records, visit_region

_CAMERA = {"instrument": INSTRUMENT}
_NOON = time(12)


def insert_dimension_records(butler: Butler, size: Size) -> None:
    """Insert the camera, the nights, the exposures and the sky of a release."""
    seen = list(observations(size))
    tables: dict[str, Rows] = {
        **_camera(size),
        "day_obs": [_night(o) for o in {o.day_obs: o for o in seen}.values()],
        "group": [{**_CAMERA, "name": o.obs_id} for o in seen],
        "exposure": [_exposure(o) for o in seen],
        "visit": [_visit(o) for o in seen],
        "visit_definition": [
            {**_CAMERA, "exposure": o.id, "visit": o.id} for o in seen
        ],
        "visit_system_membership": [
            {**_CAMERA, "visit_system": 0, "visit": o.id} for o in seen
        ],
        "visit_detector_region": _detector_regions(seen, size),
        **sky_records(size),
    }
    for element, rows in tables.items():
        record_class = butler.dimensions[element].RecordClass
        records = [record_class(**row) for row in rows]
        butler.registry.insertDimensionData(element, *records)


def _camera(size: Size) -> dict[str, Rows]:
    instrument = {
        "name": INSTRUMENT,
        "class_name": "lsst.obs.lsst.LsstComCam",
        "detector_max": 1000,
        "exposure_max": 10**16,
        "visit_max": 10**16,
        "visit_system": 0,
    }
    detectors = [
        {**_CAMERA, "id": n, "full_name": detector_name(n), "purpose": "SCIENCE"}
        for n in range(size.detectors)
    ]
    filters = [{**_CAMERA, "name": f, "band": band} for band, f in FILTERS.items()]
    system = {**_CAMERA, "id": 0, "name": "one-to-one"}
    return {
        "instrument": [instrument],
        "detector": detectors,
        "physical_filter": filters,
        "visit_system": [system],
    }


def _night(of: Observation) -> dict[str, Any]:
    noon = datetime.combine(of.night, _NOON)
    return {
        **_CAMERA,
        "id": of.day_obs,
        "timespan": _timespan(noon, noon + timedelta(days=1)),
    }


def _taken(of: Observation) -> dict[str, Any]:
    """Return what an exposure and its visit have in common."""
    begin = datetime.combine(of.night, time(0)) + timedelta(days=1, seconds=of.number)
    begin += timedelta(seconds=40 * of.number)
    return {
        **_CAMERA,
        "id": of.id,
        "day_obs": of.day_obs,
        "physical_filter": of.physical_filter,
        "seq_num": of.number,
        "exposure_time": 30.0,
        "target_name": "ECDFS",
        "observation_reason": "field_survey_science",
        "science_program": "BLOCK-320",
        "zenith_angle": 31.4,
        "timespan": _timespan(begin, begin + timedelta(seconds=30)),
    }


def _exposure(of: Observation) -> dict[str, Any]:
    return _taken(of) | {
        "group": of.obs_id,
        "obs_id": of.obs_id,
        "observation_type": "science",
        "dark_time": 30.5,
        "has_simulated": False,
        "can_see_sky": True,
    }


def _visit(of: Observation) -> dict[str, Any]:
    return _taken(of) | {"name": of.obs_id, "region": visit_region(of)}


def _detector_regions(seen: list[Observation], size: Size) -> Iterator[dict[str, Any]]:
    for of in seen:
        for n in range(size.detectors):
            region = detector_region(of, n)
            yield {**_CAMERA, "visit": of.id, "detector": n, "region": region}


def _timespan(begin: datetime, end: datetime) -> Timespan:
    return Timespan(Time(begin, scale="tai"), Time(end, scale="tai"))

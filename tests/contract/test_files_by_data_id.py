"""`get_file_by_data_id`: the lookup behind `get`, with its own calibration rules.

DirectButler's side is `_findDatasetRef`, which its `get` uses and which the
stock server calls for this request.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from lsst.daf.butler import Butler, DatasetRef, Timespan
from lsst.daf.butler._collection_type import CollectionType

from tests.contract.sides import Sides

VARIANTS_TOO = True
pytestmark = pytest.mark.usefixtures("quick_lookups")


def test_temporal_data_ids_choose_the_calibration(sides: Sides) -> None:
    """Exposures, visits and days have times; the caller need not look them up."""
    wheres = _temporal_data_ids(sides)
    for number, ref in enumerate(_calibrations(sides)):
        for path in _paths(sides):
            for extra in (wheres[number % len(wheres)], wheres[0]):
                _ask(sides, ref, path, extra)


def test_without_any_time_all_ranges_count(sides: Sides) -> None:
    """As by `find_dataset` for all time, in calibration collections alone.

    Over runs and calibrations together DirectButler disagrees with itself:
    see `test_calibrations`.
    """
    for ref in _calibrations(sides):
        for path in _paths(sides)[1:-1]:
            _ask(sides, ref, path, {})


def test_absent_exposure_is_an_error(sides: Sides) -> None:
    for ref in _calibrations(sides)[:3]:
        for key in ("exposure", "visit"):
            for path in _paths(sides)[:2]:
                _ask(sides, ref, path, {key: 123454321})


def test_explicit_timespan_beats_the_exposure(sides: Sides) -> None:
    extra = _temporal_data_ids(sides)[0]
    for ref in _calibrations(sides)[:4]:
        for timespan in (Timespan.makeEmpty(), Timespan(None, None)):
            _ask(sides, ref, [ref.run], extra, timespan)


def test_other_types_are_found_as_by_find_dataset(sides: Sides) -> None:
    for ref in sides.some(sides.refs, 2):
        if not ref.datasetType.isCalibration():
            _ask(sides, ref, [ref.run], {})
            _ask(sides, ref, ["nothing*"], {})


def _ask(
    sides: Sides,
    ref: DatasetRef,
    path: list[str],
    extra: Mapping[str, Any],
    timespan: Timespan | None = None,
) -> None:
    data_id = {**ref.dataId.required, **extra}
    name = ref.datasetType.name

    def question(butler: Butler) -> Any:
        if butler is sides.direct:
            return butler._findDatasetRef(  # type: ignore[attr-defined]
                name, data_id, collections=path, timespan=timespan
            )
        model = butler._get_file_info(name, data_id, path, timespan, {})  # type: ignore[attr-defined]
        return DatasetRef.from_simple(model.dataset_ref, universe=butler.dimensions)

    what = {"type": name, "data_id": data_id, "path": path, "timespan": timespan}
    text = json.dumps(what, default=str)
    sides.ask(question, what=f"get_file_by_data_id {text}")


def _calibrations(sides: Sides) -> list[DatasetRef]:
    refs = [ref for ref in sides.refs if ref.datasetType.isCalibration()]
    unique = {(ref.datasetType.name, ref.dataId): ref for ref in refs}
    return list(sides.some(list(unique.values())))


def _paths(sides: Sides) -> list[list[str]]:
    of_type = sides.direct.collections.query(
        "*", collection_types=CollectionType.CALIBRATION
    )
    run = next(r.run for r in sides.refs if r.datasetType.isCalibration())
    calibrations = sorted(of_type)
    return [calibrations, *([name] for name in calibrations), [*calibrations, run]]


def _temporal_data_ids(sides: Sides) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for element in ("exposure", "visit", "day_obs"):
        if element in sides.direct.dimensions.dimensions.names:
            records = sides.direct.registry.queryDimensionRecords(element)
            found += [
                dict(record.dataId.required)
                for record in sorted(records, key=lambda r: r.id)
            ]
    exposures = sides.direct.registry.queryDimensionRecords("exposure")
    for record in sorted(exposures, key=lambda r: r.id):
        found.append(
            {"instrument": record.instrument, "exposure.obs_id": record.obs_id}
        )
        found.append(
            {
                "instrument": record.instrument,
                "day_obs": record.day_obs,
                "seq_num": record.seq_num,
            }
        )
    return found

"""Data IDs mean what the slow, obvious model says they mean."""

import os
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsst.daf.butler import Butler, DimensionRecord

from butlery.cache import Repository, Snapshot
from butlery.cache.lookup.data_ids import (
    read_data_id,
    read_defaults,
    resolve_data_id,
    standardize,
)
from butlery.cache.lookup.view import View
from butlery.protocol.errors import BadRequestError, ButlerUserError, DimensionNameError
from tests.cache.index.indexing import BOTH_SOURCES
from tests.cache.lookup.data_id_model import DataIdModel, ModelError, Values
from tests.registry.opening import OwnRepository

pytestmark = pytest.mark.anyio

EXAMPLES = 6000 if os.environ.get("BUTLERY_SOAK") else 250
TYPES = ["packages", "bias", "flat", "raw", "overscan", "visit_summary", "visit_pair"]
TYPES += ["night_report", "transmission", "bandpass"]

# Keys of every sort, each with values that exist, that do not, and of wrong types.
POOL: dict[str, list[Any]] = {
    "instrument": ["Cam1", "Cam2", "CamX", 1],
    "detector": [1, 2, 99, "Aa", "Ba", "Zz", "1"],
    "physical_filter": ["Cam1-G", "Cam1-R1", "Cam2-G", "nothing", 5],
    "band": ["g", "r", "zz"],
    "exposure": [100, 101, 999, "observation-100", "observation-999"],
    "visit": [100, 200, 201, "visit-100", "twin-200", "nothing"],
    "day_obs": [20210101, 20210102, 19990101],
    "group": ["group 100", "nothing"],
    "htm7": [131072],
    "detector.full_name": ["Aa", "Ab", "Zz", 7],
    "detector.raft": ["A", "B", "Z"],
    "detector.id": [1, 99, "1"],
    "detector.instrument": ["Cam1", "Cam2"],
    "exposure.obs_id": ["observation-100", "observation-101", 3],
    "exposure.seq_num": [100, 101, 7, "100"],
    "exposure.day_obs": [20210101, 1],
    "exposure.physical_filter": ["Cam1-G", "Cam1-R1"],
    "exposure.has_simulated": [True, 0],
    "visit.name": ["visit-100", "twin-200"],
    "visit.seq_num": [100, 101],
    "physical_filter.band": ["g", "r"],
    "physical_filter.name": ["Cam1-G", "Cam2-G"],
    "instrument.class_name": ["lsst.pipe.base.Instrument", "nothing"],
    "instrument.detector_max": [4, 5],
    "day_obs.id": [20210101],
    "bogus.x": [1],
    "detector.bogus": [1],
    "visit_definition.visit": [1],
    "seq_num": [100, 101, "100"],
    "raft": ["A", "B"],
    "name_in_raft": ["a", "b"],
    "full_name": ["Aa", "Ba"],
    "obs_id": ["observation-100"],
    "name": ["visit-100", "Cam1-G"],
    "target_name": ["twins"],
    "exposure_time": [30, 31],
    "id": [1, 100],
    "bogus": [1],
}
DATA_IDS = st.lists(st.sampled_from(sorted(POOL)), unique=True, max_size=5).flatmap(
    lambda keys: st.fixed_dictionaries({k: st.sampled_from(POOL[k]) for k in keys})
)
DEFAULTS = st.sampled_from([{}, {"instrument": "Cam1"}, {"instrument": "Cam2"}])


@pytest.fixture(scope="module")
def shared(shared: OwnRepository) -> OwnRepository:
    """Add a second camera with the same detectors, and visits that look alike."""
    with Butler.from_config(str(shared.root), writeable=True) as butler:
        add_second_camera(butler)
        add_twins(butler)
    return shared


def insert(butler: Butler, element: str, *rows: Mapping[str, Any]) -> None:
    record = butler.dimensions[element].RecordClass
    butler.registry.insertDimensionData(element, *(record(**row) for row in rows))


def add_second_camera(butler: Butler) -> None:
    insert(butler, "instrument", {"name": "Cam2", "detector_max": 4})
    stock = butler.registry.queryDimensionRecords("detector", instrument="Cam1")
    rows = [{**record.toDict(), "instrument": "Cam2"} for record in stock]
    insert(butler, "detector", *rows)
    camera = {"instrument": "Cam2"}
    insert(butler, "physical_filter", {**camera, "name": "Cam2-G", "band": "g"})


def add_twins(butler: Butler) -> None:
    """Give a sequence number to three visits, one in the preferred visit system."""
    (camera,) = butler.registry.queryDimensionRecords("instrument", instrument="Cam1")
    (visit,) = butler.registry.queryDimensionRecords(
        "visit", instrument="Cam1", visit=100
    )
    system = {"instrument": "Cam1", "id": camera.visit_system, "name": "preferred"}
    insert(butler, "visit_system", system)
    common = {**visit.toDict(), "target_name": "twins", "region": None}
    twins = [{**common, "id": n, "name": f"twin-{n}"} for n in (200, 201)]
    insert(butler, "visit", *twins)
    links = [(200, camera.visit_system), (201, 0)]
    insert(
        butler,
        "visit_system_membership",
        *(
            {"instrument": "Cam1", "visit": visit, "visit_system": system}
            for visit, system in links
        ),
    )


def as_row(butler: Butler, record: DimensionRecord) -> dict[str, Any]:
    """Return a record's columns with every dimension value that follows from it."""
    data_id = butler.registry.expandDataId(record.dataId)
    return {**record.toDict(), **data_id.mapping}


@pytest.fixture(scope="module")
def model(shared: OwnRepository) -> DataIdModel:
    with Butler.from_config(str(shared.root)) as butler:
        dimensions = [
            dimension
            for dimension in butler.dimensions.dimensions
            if dimension.name not in butler.dimensions.skypix_dimensions.names
        ]
        query = butler.registry.queryDimensionRecords
        records = {
            d.name: [as_row(butler, record) for record in query(d.name)]
            for d in dimensions
        }
        members = list(query("visit_system_membership"))
        return DataIdModel(
            records,
            {d.name: [d.primary_key.name, *d.alternate_keys.names] for d in dimensions}
            | {"htm7": ["id"]},
            {d.name: types_of(d) for d in dimensions} | {"htm7": {"id": "int"}},
            {d.name: list(d.required.names) for d in dimensions},
            {d.name: list(d.minimal_group.names) for d in dimensions},
            {
                row["name"]: {
                    member.visit
                    for member in members
                    if (member.instrument, member.visit_system)
                    == (row["name"], row["visit_system"])
                }
                for row in records["instrument"]
            },
        )


def types_of(dimension: Any) -> dict[str, str]:
    """Return the columns that a condition may name, with their types."""
    own = [dimension.primary_key, *dimension.alternate_keys]
    own += dimension.metadata_columns
    columns = {column.name: column.type for column in own}
    related = [*dimension.required, *dimension.implied]
    others = {d.name: d.primary_key.type for d in related if d != dimension}
    return columns | others


@pytest.fixture(scope="module")
async def view(repository: Repository) -> View:
    return repository.view(await repository.snapshot())


@pytest.fixture
def snapshot(view: View) -> Snapshot:
    return view.snapshot


def expected_values(
    model: DataIdModel, snapshot: Snapshot, name: str, data_id: Values, defaults: Values
) -> Values:
    type_ = snapshot.dataset_types.get(name)
    own = list(type_.group.names)
    candidates = [d for d in own if d in model.records]
    if type_.is_calibration:
        candidates += [
            d for d in ("day_obs", "exposure", "visit") if d not in candidates
        ]
    plain = {k: int(v) if isinstance(v, bool) else v for k, v in data_id.items()}
    values = {**defaults, **model.resolve(own, candidates, plain, defaults)}
    if not values.keys() >= {*type_.group.required}:
        raise ModelError("dimension_name")
    return {name: values[name] for name in type_.group.required}


async def resolved_values(
    view: View, name: str, data_id: Values, defaults: Values
) -> Values:
    type_ = view.dataset_type(name)
    given, checked = read_data_id(data_id), read_defaults(view.snapshot, defaults)
    resolved = await resolve_data_id(view, type_, given, checked)
    return dict(standardize(type_.group, resolved, checked))


@BOTH_SOURCES
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(TYPES), DATA_IDS, DEFAULTS)
async def test_data_id_means_what_the_model_says(
    view: View, model: DataIdModel, name: str, data_id: Values, defaults: Values
) -> None:
    try:
        expected: object = expected_values(
            model, view.snapshot, name, data_id, defaults
        )
    except ModelError as error:
        expected = error.code
    try:
        got: object = await resolved_values(view, name, data_id, defaults)
    except ButlerUserError as error:
        got = error.error_type
    assert got == expected


# Every way in which the protocol's examples name one raw.
SAME_RAW: list[Values] = [
    {"detector": 1, "exposure": 100},
    {"detector": 1, "day_obs": 20210101, "seq_num": 100},
    {"detector": 1, "exposure.day_obs": 20210101, "exposure.seq_num": 100},
    {"detector": "Aa", "exposure": "observation-100"},
    {"raft": "A", "name_in_raft": "a", "exposure": 100},
    {"detector.full_name": "Aa", "exposure.obs_id": "observation-100"},
    {"detector": 1.0, "exposure": 100.0},
    {"detector": True, "seq_num": 100},
    {"detector": 1, "exposure": 100, "band": "nonsense", "skymap": "any", "htm7": 1},
]


@BOTH_SOURCES
@pytest.mark.parametrize("data_id", SAME_RAW, ids=str)
async def test_spellings_of_one_raw(view: View, data_id: Values) -> None:
    wanted = {"instrument": "Cam1", "detector": 1, "exposure": 100}
    spelled = {"instrument": "Cam1", **data_id}
    assert await resolved_values(view, "raw", spelled, {}) == wanted
    by_default = {"instrument": "Cam1"}
    assert await resolved_values(view, "raw", data_id, by_default) == wanted


@BOTH_SOURCES
async def test_of_visits_that_look_alike_the_preferred_system_decides(
    view: View,
) -> None:
    data_id = {"instrument": "Cam1", "visit.seq_num": 100}
    found = await resolved_values(view, "visit_summary", data_id, {})
    assert found["visit"] == 200


@pytest.mark.parametrize("value", [1.5, 2**63, -(2**63) - 1, "with\0nul", 1e300])
async def test_value_that_no_database_holds_is_a_bad_request(value: Any) -> None:
    with pytest.raises(BadRequestError, match=r"data_id\.detector"):
        read_data_id({"detector": value})


@pytest.mark.parametrize(
    ("defaults", "named"), [({"bogus": 1}, "bogus"), ({"detector": 1}, "instrument")]
)
async def test_default_data_id_has_whole_dimensions_only(
    snapshot: Snapshot, defaults: Values, named: str
) -> None:
    with pytest.raises(DimensionNameError, match=named):
        read_defaults(snapshot, defaults)

"""The JSON of answers: the documented examples, and the shape of every route."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.contract import shapes
from tests.contract.examples import BIAS, BIAS_REF, BIAS_TYPE, COLLECTION_QUERY, RECORDS
from tests.contract.shapes import DATA_ID, DATASET_REF, DATASET_TYPE, misfits
from tests.contract.wire import Wire


@pytest.mark.parametrize("document", ["butler.yaml", "butler.json"])
@pytest.mark.parametrize("label", ["small", "nosuch"])
def test_client_configuration_is_served_for_any_label(
    wire: Wire, document: str, label: str
) -> None:
    answer = wire.send("GET", f"/api/butler/repo/{label}/{document}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    content = answer.json()
    assert content["cls"] == "lsst.daf.butler.remote_butler.RemoteButler"
    assert content["remote_butler"]["url"] == "<butlerRoot>"
    authentication = content["remote_butler"].get("authentication")
    assert authentication in {None, "rubin_science_platform"}


def test_service_names_itself(wire: Wire) -> None:
    content = wire.send("GET", "/").json()
    assert content["name"]
    assert content["version"]


def test_universe_is_complete(wire: Wire) -> None:
    universe = wire.get("universe").json()["universe"]
    assert universe["version"] == 8
    assert universe["namespace"] == "daf_butler"
    assert universe["skypix"]["common"] == "htm7"
    assert (
        set(universe["skypix"]) >= {"htm", "healpix"}
        or "systems" in (universe["skypix"])
    )
    assert len(universe["elements"]) == 19
    for element in universe["elements"].values():
        for key in element["keys"]:
            assert key["type"] in {"int", "string", "hash"}
    assert universe["topology"]["spatial"] == {
        "observation_regions": ["visit_detector_region", "visit"],
        "skymap_regions": ["patch", "tract"],
    }


def test_dataset_type_example(wire: Wire) -> None:
    assert wire.get("dataset_type/bias").json() == {"dataset_type": BIAS_TYPE}


def test_dataset_examples(wire: Wire) -> None:
    assert wire.get(f"dataset/{BIAS}").json() == {"dataset_ref": BIAS_REF}
    records = wire.get(f"dataset/{BIAS}?dimension_records=true").json()
    expected = BIAS_REF["dataId"] | {"records": RECORDS}  # type: ignore[operator]
    assert records["dataset_ref"]["dataId"] == expected
    assert wire.get(f"dataset/{uuid4()}").json() == {"dataset_ref": None}


def test_datasets_come_in_one_page(wire: Wire) -> None:
    content = wire.post("datasets", {"dataset_ids": [BIAS, str(uuid4()), BIAS]}).json()
    assert content == {"type": "dataset_ref", "rows": [BIAS_REF]}
    none = wire.post("datasets", {"dataset_ids": []}).json()
    assert none == {"type": "dataset_ref", "rows": []}


def test_expansion_examples(wire: Wire) -> None:
    data_id = {"instrument": "Cam1", "detector": 1}
    content = wire.post("expand_data_id", {"data_id": data_id}).json()
    assert content == {"data_coordinate": {"dataId": data_id, "records": RECORDS}}
    empty = wire.post("expand_data_id", {"data_id": {}}).json()
    assert empty == {"data_coordinate": {"dataId": {}, "records": {}}}


def test_data_ids_are_written_in_order_with_implied_values_last(wire: Wire) -> None:
    request = {
        "dataset_type": "flat",
        "data_id": {"physical_filter": "Cam1-G", "detector": 2, "instrument": "Cam1"},
        "collections": ["imported_g"],
        "timespan": None,
        "dimension_records": True,
    }
    ref = wire.post("find_dataset", request).json()["dataset_ref"]
    assert misfits(DATASET_REF, ref) == []
    keys = list(ref["dataId"]["dataId"])
    assert keys == ["instrument", "detector", "physical_filter", "band"]
    elements = list(ref["dataId"]["records"])
    assert elements == ["band", "instrument", "detector", "physical_filter"]


def test_dataset_without_dimensions_has_records_always(wire: Wire) -> None:
    request: dict[str, Any] = {
        "dataset_type": "packages",
        "data_id": {},
        "collections": ["runs/first"],
        "timespan": None,
    }
    ref = wire.post("find_dataset", request).json()["dataset_ref"]
    assert ref["dataId"] == {"dataId": {}, "records": {}}
    by_id = wire.get(f"dataset/{ref['id']}").json()["dataset_ref"]
    assert by_id["dataId"] == {"dataId": {}, "records": {}}


def test_collection_answers_have_their_shape(wire: Wire) -> None:
    content = wire.post("query_collection_info", COLLECTION_QUERY).json()
    assert misfits({"collections": [shapes.COLLECTION]}, content) == []
    outer = next(c for c in content["collections"] if c["name"] == "chain/outer")
    assert outer["type"] == 3
    assert outer["doc"] == "The outer chain."
    assert outer["children"][0] == "runs/first"
    assert set(outer["parents"]) == {"chain/duplicate"}
    bare = COLLECTION_QUERY | {
        "include_parents": False,
        "include_summary": False,
        "include_doc": False,
    }
    for item in wire.post("query_collection_info", bare).json()["collections"]:
        assert (item["parents"], item["dataset_types"], item["doc"]) == (None, None, "")


def test_empty_collection_has_an_empty_summary(wire: Wire) -> None:
    content = wire.get("collection_summary?name=runs%2Fempty").json()
    assert content == {"summary": {"dataset_types": [], "governors": {}}}
    literal = wire.get("collection_summary?name=imported_g").json()["summary"]
    shape = {"dataset_types": [DATASET_TYPE], "governors": {...: [str]}}
    assert misfits(shape, literal) == []
    assert literal["governors"] == {"instrument": ["Cam1"]}


def test_dataset_type_search_has_both_keys(wire: Wire) -> None:
    search = {"search": ["bias", "nope", "no*", "nope2"]}
    content = wire.post("query_dataset_types", search).json()
    assert content["dataset_types"][0] == BIAS_TYPE
    assert content["missing"] == ["nope", "nope2"]
    assert misfits([DATASET_TYPE], content["dataset_types"]) == []
    none = wire.post("query_dataset_types", {"search": []}).json()
    assert none == {"dataset_types": [], "missing": []}


def test_endpoints_for_older_clients(wire: Wire) -> None:
    info = wire.get("collection_info?name=imported_g").json()
    assert info == {"name": "imported_g", "type": 1, "children": []}
    full = "collection_info?name=imported_g&include_doc=true&include_parents=true"
    info = wire.get(full).json()
    assert info["parents"] == []
    assert info["doc"] in {None, ""}
    search = {
        "search": ["imp*"],
        "collection_types": [1],
        "flatten_chains": False,
        "include_chains": False,
    }
    found = wire.post("query_collections", search).json()
    assert sorted(found["collections"]) == ["imported_g", "imported_r"]


def test_observation_records_have_exactly_their_columns(
    wires: Callable[[str, str], Wire],
) -> None:
    wire = wires("lsstcam", "sqlite")
    data_id = {"instrument": "LSSTCam", "exposure": 2025120200439, "detector": 10}
    content = wire.post("expand_data_id", {"data_id": data_id}).json()
    assert misfits({"data_coordinate": DATA_ID}, content) == []
    records = content["data_coordinate"]["records"]
    assert list(records["exposure"]["record"].items())[:6] == [
        ("instrument", "LSSTCam"),
        ("id", 2025120200439),
        ("day_obs", 20251202),
        ("group", "2025-12-03T07:58:10.858"),
        ("physical_filter", "z_20"),
        ("obs_id", "MC_O_20251202_000439"),
    ]
    exposure = records["exposure"]["record"]
    assert exposure["has_simulated"] is False
    assert exposure["exposure_time"] == 30.0
    assert exposure["timespan"] == [1764748747425363958, 1764748778355000000]
    assert records["day_obs"]["record"] == {
        "instrument": "LSSTCam",
        "id": 20251202,
        "timespan": [1764676800000000000, 1764763200000000000],
    }


def test_regions_and_hashes_are_hexadecimal(
    wires: Callable[[str, str], Wire],
) -> None:
    wire = wires("lsstcam", "sqlite")
    data_id = {"instrument": "LSSTCam", "visit": 2025120200439, "detector": 10}
    content = wire.post("expand_data_id", {"data_id": data_id}).json()
    region = content["data_coordinate"]["records"]["visit"]["record"]["region"]
    assert bytes.fromhex(region)[:1] == b"p"
    assert region == region.lower()
    hsc = wires("ci_hsc", "sqlite")
    data_id = {"skymap": "discrete/ci_hsc", "tract": 0}
    content = hsc.post("expand_data_id", {"data_id": data_id}).json()
    skymap = content["data_coordinate"]["records"]["skymap"]["record"]
    assert skymap["hash"] == "2adeecc10f5ee735227fb7e8d4e9e3ddecc7f93b"

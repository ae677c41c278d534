"""Errors on the wire: the status, the body, and the words of Butler's own errors.

`KeyError`s among Butler's exceptions carry their text in quotation marks.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.examples import COLLECTION_QUERY, FIND, GET_FILE
from tests.contract.wire import Wire

NO_TYPE = "\"Dataset type 'nope' does not exist.\""
NO_COLLECTION = "No collection with name 'nope' found."
NO_VALUE = (
    "\"No value in data ID ({'detector': 1}) for required dimension 'instrument'.\""
)


def test_missing_dataset_type(wire: Wire) -> None:
    expected = ("missing_dataset_type", NO_TYPE)
    assert wire.get("dataset_type/nope").butler_error() == expected
    for endpoint in ("find_dataset", "get_file_by_data_id"):
        answer = wire.post(endpoint, FIND | {"dataset_type": "nope"})
        assert answer.butler_error() == expected


def test_missing_collection(wire: Wire) -> None:
    expected = ("missing_collection", NO_COLLECTION)
    for endpoint in ("find_dataset", "get_file_by_data_id"):
        for path in (["nope"], ["imported_g", "nope"], ["nope", "imported_*"]):
            answer = wire.post(endpoint, FIND | {"collections": path})
            assert answer.butler_error() == expected
    for name in ("nope", "*"):
        kind, detail = wire.get(f"collection_summary?name={name}").butler_error()
        assert kind == "missing_collection"
        assert name in detail
    query = COLLECTION_QUERY | {"expression": ["nope"]}
    assert wire.post("query_collection_info", query).butler_error() == expected


def test_several_missing_collections(wire: Wire) -> None:
    query = COLLECTION_QUERY | {"expression": ["nope", "imported_g", "neither"]}
    kind, detail = wire.post("query_collection_info", query).butler_error()
    assert kind == "missing_collection"
    assert detail.startswith("No collection")
    assert "nope" in detail


def test_dataset_not_found(wire: Wire) -> None:
    unknown = uuid4()
    assert wire.get(f"get_file/{unknown}").butler_error() == (
        "dataset_not_found",
        f"Dataset ID {unknown} not found",
    )
    data_id = {"instrument": "Cam1", "detector": 99}
    answer = wire.post("get_file_by_data_id", GET_FILE | {"data_id": data_id})
    assert answer.butler_error() == (
        "dataset_not_found",
        (
            "Dataset bias with data ID {instrument: 'Cam1', detector: 99} could not be "
            "found in collections ['imported_g']."
        ),
    )


def test_missing_dimension(wire: Wire) -> None:
    for endpoint in ("find_dataset", "get_file_by_data_id"):
        answer = wire.post(endpoint, FIND | {"data_id": {"detector": 1}})
        assert answer.butler_error() == ("dimension_name", NO_VALUE)
    answer = wire.post("expand_data_id", {"data_id": {"detector": 1}})
    assert answer.butler_error()[0] == "dimension_name"


@pytest.mark.parametrize(
    ("data_id", "detail"),
    [
        ({"detector": 1, "bogus": 2}, "Unrecognized keyword args given: {'bogus'}"),
        (
            {"detector": "Zz"},
            (
                "DataId specification for dimension detector matched no records when "
                "constrained by {'full_name': 'Zz'}"
            ),
        ),
        (
            {"raft": "A"},
            (
                "DataId specification for dimension detector is not uniquely "
                "constrained to a single dataset by {'raft': 'A'}. Got 2 results."
            ),
        ),
        (
            {"detector": 1, "detector.full_name": "Ab"},
            (
                "Dimension detector in dataId has explicit value 1 inconsistent with "
                "detector dimension record: full_name (Aa != Ab)"
            ),
        ),
    ],
    ids=["unrecognized", "none", "several", "contradiction"],
)
def test_data_id_that_cannot_be_rewritten(
    wire: Wire, data_id: dict[str, Any], detail: str
) -> None:
    request = FIND | {"data_id": {"instrument": "Cam1"} | data_id}
    for endpoint in ("find_dataset", "get_file_by_data_id"):
        answer = wire.post(endpoint, request)
        assert answer.butler_error() == ("dimension_value", detail)


def test_value_without_a_record(wire: Wire) -> None:
    data_id = {"instrument": "Cam1", "detector": 99}
    answer = wire.post("expand_data_id", {"data_id": data_id})
    assert answer.butler_error() == (
        "data_id_value",
        (
            "Could not fetch record for dimension detector via keys "
            "{'instrument': 'Cam1', 'detector': 99}."
        ),
    )


def test_alternate_keys_are_not_expanded(wire: Wire) -> None:
    data_id = {"instrument": "Cam1", "detector": "Aa"}
    kind, _ = wire.post("expand_data_id", {"data_id": data_id}).butler_error()
    assert kind == "data_id_value"


def test_unrelated_observations_are_inconsistent(
    wires: Callable[[str, str], Wire],
) -> None:
    """The two are of one night and one filter: only their link is missing."""
    data_id = {
        "instrument": "LSSTCam",
        "visit": 2025120200439,
        "exposure": 2025120200440,
    }
    answer = wires("lsstcam", "sqlite").post("expand_data_id", {"data_id": data_id})
    kind, detail = answer.butler_error()
    assert kind == "inconsistent_data_id"
    assert "visit_definition" in detail or "group" in detail


def test_unknown_keys_are_not_a_server_error(wire: Wire) -> None:
    for key in ("foo", "seq_num", "detector.full_name", ""):
        data_id = {"instrument": "Cam1", "detector": 1, key: 1}
        answer = wire.post("expand_data_id", {"data_id": data_id})
        assert answer.status == 422, answer


def test_names_that_are_no_dataset_types(wire: Wire) -> None:
    answer = wire.post("query_dataset_types", {"search": ["bias.wcs"]})
    assert answer.butler_error()[0] == "dataset_type_expression"
    content = wire.post("query_dataset_types", {"search": ["bias.*"]}).json()
    assert content == {"dataset_types": [], "missing": []}


def test_ambiguous_calibration(wire: Wire) -> None:
    request = FIND | {
        "collections": ["calib/main"],
        "timespan": [0, 4102444800000000000],
    }
    kind, detail = wire.post("find_dataset", request).butler_error()
    assert kind == "calibration_lookup"
    assert detail.startswith("Ambiguous calibration validity range match.")


def test_not_found_is_not_an_error_of_find_dataset(wire: Wire) -> None:
    changes: list[dict[str, Any]] = [
        {"data_id": {"instrument": "Cam1", "detector": 99}},
        {"data_id": {"instrument": "nope", "detector": 1}},
        {"collections": []},
        {"collections": ["nothing*"]},
        {"collections": ["calib/main"]},
        {"timespan": [4102444800000000000, 0]},
        {"timespan": [5, 5]},
    ]
    for change in changes:
        answer = wire.post("find_dataset", FIND | change)
        assert (answer.status, answer.json()) == (200, {"dataset_ref": None}), change


def test_unknown_repository_is_not_found(wire: Wire) -> None:
    for method, endpoint, body in (
        ("GET", "universe", None),
        ("GET", f"dataset/{uuid4()}", None),
        ("POST", "find_dataset", b"{}"),
    ):
        path = f"/api/butler/repo/nosuch/v1/{endpoint}"
        headers = {"Content-Type": "application/json"} if body else {}
        answer = wire.send(method, path, body, headers)
        assert answer.status == 404
        assert answer.detail() == "Unknown repository 'nosuch'"


def test_unknown_route_is_not_found(wire: Wire) -> None:
    for path in ("/nothing", f"{wire.root}/v1/nothing", f"{wire.root}/v2/universe"):
        answer = wire.send("GET", path)
        assert (answer.status, answer.detail()) == (404, "Not Found")


def test_wrong_method_is_refused(wire: Wire) -> None:
    for method, endpoint in (
        ("POST", "universe"),
        ("GET", "find_dataset"),
        ("DELETE", f"dataset/{uuid4()}"),
        ("PUT", "query_collection_info"),
    ):
        answer = wire.send(method, f"{wire.root}/v1/{endpoint}")
        assert (answer.status, answer.detail()) == (405, "Method Not Allowed")
    assert wire.send("HEAD", f"{wire.root}/v1/universe").status == 405


@pytest.mark.parametrize("kind", ["execute", "count", "any", "explain", "all_datasets"])
def test_malformed_query_is_refused_by_its_field(
    wires: Callable[[str, str], Wire], kind: str
) -> None:
    answer = wires("base", "sqlite").post(f"query/{kind}", {})
    assert answer.status == 422
    assert "missing required field" in str(answer.detail())

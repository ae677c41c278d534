"""Whatever is sent, the answer is a result or says which field is wrong."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from butlery.protocol.collections import (
    QueryCollectionInfoRequest,
    QueryCollectionsRequest,
)
from butlery.protocol.datasets import (
    DatasetIdsRequest,
    FindDatasetRequest,
    QueryDatasetTypesRequest,
)
from butlery.protocol.dimensions import ExpandDataIdRequest
from butlery.protocol.files import GetFileByDataIdRequest
from tests.protocol.strategies import JSON, values_of
from tests.server.web import Answer, Web

ROOT = "/api/butler/repo/repo/v1"
BODIES: dict[str, type[Any]] = {
    "datasets": DatasetIdsRequest,
    "expand_data_id": ExpandDataIdRequest,
    "file_transfer": DatasetIdsRequest,
    "find_dataset": FindDatasetRequest,
    "get_file_by_data_id": GetFileByDataIdRequest,
    "query_collection_info": QueryCollectionInfoRequest,
    "query_collections": QueryCollectionsRequest,
    "query_dataset_types": QueryDatasetTypesRequest,
}
GOOD: dict[str, dict[str, Any]] = {
    "datasets": {"dataset_ids": []},
    "expand_data_id": {"data_id": {}},
    "file_transfer": {"dataset_ids": []},
    "find_dataset": {
        "dataset_type": "bias",
        "data_id": {"instrument": "Cam1", "detector": 1},
        "collections": ["*"],
        "timespan": None,
    },
    "get_file_by_data_id": {
        "dataset_type": "note_yaml",
        "data_id": {"instrument": "Cam1", "detector": 2},
        "collections": ["*"],
    },
    "query_collection_info": {
        "expression": ["*"],
        "collection_types": [1, 2, 3, 4],
        "flatten_chains": False,
        "include_chains": True,
        "include_parents": True,
        "include_summary": True,
        "include_doc": True,
        "summary_datasets": None,
    },
    "query_collections": {
        "search": ["*"],
        "collection_types": [1],
        "flatten_chains": False,
        "include_chains": False,
    },
    "query_dataset_types": {"search": ["*"]},
}
each_route = pytest.mark.parametrize("route", BODIES)
fuzzed = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def require_sensible(answer: Answer) -> None:
    assert answer.status in {200, 422}, answer
    document = json.loads(answer.body)
    if answer.status == 422:
        assert document["detail"]
        assert set(document) <= {"detail", "error_type"}


@each_route
def test_good_body_is_answered(web: Web, route: str) -> None:
    assert web.post(f"{ROOT}/{route}", GOOD[route]).status == 200


@each_route
def test_any_json_is_answered_or_refused(web: Web, route: str) -> None:
    @fuzzed
    @given(JSON)
    def check(document: object) -> None:
        require_sensible(web.post(f"{ROOT}/{route}", document))

    check()


@each_route
def test_any_body_that_fits_is_answered_or_refused(web: Web, route: str) -> None:
    @fuzzed
    @given(values_of(BODIES[route]))
    def check(value: object) -> None:
        require_sensible(web.post(f"{ROOT}/{route}", msgspec.json.encode(value)))

    check()


@each_route
def test_one_odd_field_is_refused_by_its_name(web: Web, route: str) -> None:
    fields = sorted(GOOD[route])

    @fuzzed
    @given(st.sampled_from(fields), JSON)
    def check(field: str, odd: object) -> None:
        answer = web.post(f"{ROOT}/{route}", {**GOOD[route], field: odd})
        require_sensible(answer)
        if answer.status == 422 and "error_type" not in answer.json:
            assert answer.detail.startswith(field), answer

    check()


@each_route
def test_missing_field_is_named(web: Web, route: str) -> None:
    required = [f.name for f in msgspec.structs.fields(BODIES[route]) if f.required]
    for name in required:
        body = {k: v for k, v in GOOD[route].items() if k != name}
        answer = web.post(f"{ROOT}/{route}", body)
        assert answer.status == 422
        assert name in answer.detail


@each_route
def test_bytes_that_are_no_json_are_refused(web: Web, route: str) -> None:
    @fuzzed
    @given(st.binary(max_size=40))
    @example(b"")
    @example(b"\xff\xfe")
    @example(b'"\\ud800"')
    @example(b'{"data_id": {"a": 1e999}}')
    @example(b"[" * 100_000)
    @example(b'{"a":' * 100_000)
    def check(body: bytes) -> None:
        answer = web.post(f"{ROOT}/{route}", body)
        require_sensible(answer)
        assert answer.status == 422

    check()


@each_route
def test_body_that_is_not_called_json_is_refused(web: Web, route: str) -> None:
    for kind in ("text/plain", "", "application/x-www-form-urlencoded"):
        answer = web.post(f"{ROOT}/{route}", GOOD[route], content_type=kind)
        assert answer.status == 422
        assert "Content-Type: application/json" in answer.detail
    for kind in ("Application/JSON; charset=utf-8", "application/Butler+JSON ; a=b"):
        assert web.post(f"{ROOT}/{route}", GOOD[route], content_type=kind).status == 200


# Values that are right by their type, and that no column can hold.
ODD_FIELDS: list[dict[str, Any]] = [
    {"timespan": [0, 2**63]},
    {"timespan": [-(2**63) - 1, 5]},
    {"timespan": [0, 10**30]},
    {"timespan": [-5, 5]},
    {"timespan": [1, 2, 3]},
    {"timespan": [1.5, 2]},
    {"data_id": {"instrument": "Cam1", "detector": 2**63}},
    {"data_id": {"instrument": "Cam1", "detector": 1e300}},
    {"data_id": {"instrument": "Cam1", "detector": 1.5}},
    {"data_id": {"instrument": "Cam1", "detector": None}},
    {"data_id": {"instrument": "Cam\0", "detector": 1}},
    {"data_id": {"instrument": "Cam1", "detector": [1]}},
    {"data_id": {"instrument": "Cam1", "detector.full_name": "\ud800"}},
    {"data_id": {"instrument": "Cam1", "exposure.obs_id": "x" * 100_000}},
    {"data_id": {"": 1}},
    {"data_id": {".": 1}},
    {"data_id": {"detector.": 1}},
    {"data_id": {"htm7": -1}},
    {"default_data_id": {"bogus": 1}},
    {"default_data_id": {"detector": 1}},
    {"collections": ["\0"]},
    {"collections": ["[" * 1000]},
    {"collections": ["*" * 1000 + "x"] * 20},
    {"dataset_type": "x" * 100_000},
    {"dataset_type": "'; DROP TABLE dataset; --"},
]


@pytest.mark.parametrize("route", ["find_dataset", "get_file_by_data_id"])
@pytest.mark.parametrize("odd", ODD_FIELDS, ids=lambda odd: str(odd)[:40])
def test_value_that_no_column_can_hold_is_no_server_error(
    web: Web, route: str, odd: dict[str, Any]
) -> None:
    body = {**GOOD["find_dataset"], "collections": ["calib/main"], **odd}
    require_sensible(web.post(f"{ROOT}/{route}", body))


@pytest.mark.parametrize(
    "target",
    [
        "dataset/nonsense",
        "dataset/00000000000000000000000000000001x",
        "get_file/nonsense",
        "dataset/nonsense/download",
        "dataset/00000000-0000-0000-0000-000000000001?dimension_records=maybe",
        "collection_summary",
        "collection_info",
        "collection_info?name=runs/first&include_doc=2",
    ],
)
def test_odd_url_is_refused(web: Web, target: str) -> None:
    answer = web.get(f"{ROOT}/{target}")
    assert answer.status == 422
    assert "error_type" not in answer.json


@pytest.mark.parametrize("word", ["true", "1", "YES", "on", "false", "0", "no", "Off"])
def test_flag_is_understood_as_by_the_stock_server(web: Web, word: str) -> None:
    target = f"{ROOT}/dataset/00000000-0000-0000-0000-000000000001"
    answer = web.get(f"{target}?dimension_records={word}")
    assert (answer.status, answer.json) == (200, {"dataset_ref": None})


@pytest.mark.parametrize("route", ["query_collections", "query_dataset_types"])
def test_more_globs_than_anybody_writes_are_refused_at_once(
    web: Web, route: str
) -> None:
    # Each takes time to translate, and nobody else is answered meanwhile.
    globs = [f"a*{number}" for number in range(20_000)]
    answer = web.post(f"{ROOT}/{route}", {**GOOD[route], "search": globs})
    assert answer.status == 422
    names = [f"name{number}" for number in range(20_000)]
    answer = web.post(f"{ROOT}/query_dataset_types", {"search": names})
    assert answer.json["missing"] == names


def test_body_larger_than_any_client_sends_is_refused_whole(web: Web) -> None:
    answer = web.post(f"{ROOT}/datasets", b'"' + b"x" * (11 << 20) + b'"')
    assert answer.status in {413, 422}

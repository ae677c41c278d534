"""Requests as bytes: what is accepted leniently, and what is refused by name."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.examples import BIAS, COLLECTION_QUERY, FIND, GET_FILE
from tests.contract.wire import Answer, Wire

REQUESTS: dict[str, dict[str, Any]] = {
    "find_dataset": FIND,
    "get_file_by_data_id": GET_FILE,
    "expand_data_id": {"data_id": FIND["data_id"]},
    "datasets": {"dataset_ids": [BIAS]},
    "file_transfer": {"dataset_ids": [BIAS]},
    "query_collection_info": COLLECTION_QUERY,
    "query_dataset_types": {"search": ["bias"]},
}
REQUIRED = {
    "find_dataset": ("dataset_type", "data_id", "collections", "timespan"),
    "get_file_by_data_id": ("dataset_type", "data_id", "collections"),
    "expand_data_id": ("data_id",),
    "datasets": ("dataset_ids",),
    "file_transfer": ("dataset_ids",),
    "query_collection_info": tuple(COLLECTION_QUERY),
    "query_dataset_types": ("search",),
}
REQUIRED_PAIRS = [(e, field) for e, fields in REQUIRED.items() for field in fields]
NOT_JSON_OBJECTS = [b"", b"{", b"[]", b"null", b'"text"', b"1", b"\xff\xfe", b"{}}"]


def test_every_request_is_answered(wire: Wire) -> None:
    for endpoint, content in REQUESTS.items():
        answer = wire.post(endpoint, content)
        assert answer.status == 200, (endpoint, answer)
        assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("endpoint", REQUESTS)
@pytest.mark.parametrize("body", NOT_JSON_OBJECTS, ids=repr)
def test_body_that_is_no_json_object_is_refused(
    wire: Wire, endpoint: str, body: bytes
) -> None:
    assert_refused(wire.post_bytes(endpoint, body))


@pytest.mark.parametrize("endpoint", REQUESTS)
def test_body_of_another_content_type_is_refused(wire: Wire, endpoint: str) -> None:
    body = json.dumps(REQUESTS[endpoint]).encode()
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        assert_refused(wire.post_bytes(endpoint, body, content_type))
    with_charset = "application/json; charset=utf-8"
    assert wire.post_bytes(endpoint, body, with_charset).status == 200


@pytest.mark.parametrize(("endpoint", "field"), REQUIRED_PAIRS)
def test_missing_field_is_named(wire: Wire, endpoint: str, field: str) -> None:
    content = {k: v for k, v in REQUESTS[endpoint].items() if k != field}
    answer = wire.post(endpoint, content)
    assert_refused(answer)
    assert field.encode() in answer.body


@pytest.mark.parametrize(("endpoint", "field"), REQUIRED_PAIRS)
def test_field_of_a_wrong_type_is_named(wire: Wire, endpoint: str, field: str) -> None:
    values: list[object] = [{"a": {"b": []}}, [[]], 17.5]
    if field != "dataset_type":
        values.append("text")
    for value in values:
        answer = wire.post(endpoint, REQUESTS[endpoint] | {field: value})
        assert_refused(answer)
        assert field.encode() in answer.body, (field, value, answer)


@pytest.mark.parametrize(
    "change",
    [
        {"data_id": {"instrument": "Cam1", "detector": None}},
        {"data_id": {"instrument": "Cam1", "detector": 1.5}},
        {"data_id": {"instrument": "Cam1", "detector": [1]}},
        {"default_data_id": {"instrument": None}},
        {"collections": "imported_g"},
        {"collections": ["imported_g", 1]},
        {"collections": None},
        {"timespan": [1]},
        {"timespan": [1, 2, 3]},
        {"timespan": ["a", "b"]},
        {"timespan": "now"},
        {"dimension_records": "perhaps"},
        {"dimension_records": []},
    ],
    ids=str,
)
def test_value_of_a_wrong_kind_is_refused(wire: Wire, change: dict[str, Any]) -> None:
    answer = wire.post("find_dataset", FIND | change)
    assert_refused(answer)
    assert next(iter(change)).encode() in answer.body


@pytest.mark.parametrize("detector", [1, 1.0, True])
def test_numbers_that_are_whole_are_integers(wire: Wire, detector: object) -> None:
    data_id = {"instrument": "Cam1", "detector": detector}
    content = wire.post("find_dataset", FIND | {"data_id": data_id}).json()
    found = content["dataset_ref"]["dataId"]["dataId"]
    assert found == {"instrument": "Cam1", "detector": 1}
    assert type(found["detector"]) is int


def test_optional_fields_may_be_missing_and_unknown_ones_are_ignored(
    wire: Wire,
) -> None:
    expected = wire.post("find_dataset", FIND).json()
    optional = ("default_data_id", "dimension_records")
    bare = {key: value for key, value in FIND.items() if key not in optional}
    assert wire.post("find_dataset", bare).json() == expected
    for endpoint, content in REQUESTS.items():
        answer = wire.post(endpoint, content | {"unknown": {"a": [1]}})
        assert answer.status == 200, (endpoint, answer)


def test_ten_thousand_ids_are_the_most(wire: Wire) -> None:
    ids = [BIAS, *(str(uuid4()) for _ in range(9_999))]
    for endpoint in ("datasets", "file_transfer"):
        assert wire.post(endpoint, {"dataset_ids": ids}).status == 200
        answer = wire.post(endpoint, {"dataset_ids": [*ids, str(uuid4())]})
        assert_refused(answer)
        assert b"dataset_ids" in answer.body


@pytest.mark.parametrize("text", ["xyz", BIAS[:-1], BIAS + "0", "%20", "1"])
def test_malformed_uuid_is_refused(wire: Wire, text: str) -> None:
    for endpoint in ("dataset/{}", "get_file/{}", "dataset/{}/download"):
        assert_refused(wire.get(endpoint.format(text)))
    for endpoint in ("datasets", "file_transfer"):
        assert_refused(wire.post(endpoint, {"dataset_ids": [BIAS, text]}))


def test_uuid_may_be_spelled_otherwise(wire: Wire) -> None:
    expected = wire.get(f"dataset/{BIAS}").json()
    for text in (BIAS.upper(), BIAS.replace("-", "")):
        assert wire.get(f"dataset/{text}").json() == expected
        content = wire.post("datasets", {"dataset_ids": [text]}).json()
        assert content["rows"] == [expected["dataset_ref"]]


@pytest.mark.parametrize("value", ["true", "1", "yes", "on", "false", "0", "no", "off"])
def test_booleans_in_a_url_have_many_names(wire: Wire, value: str) -> None:
    content = wire.get(f"dataset/{BIAS}?dimension_records={value}").json()
    has_records = content["dataset_ref"]["dataId"]["records"] is not None
    assert has_records == (value in {"true", "1", "yes", "on"})


@pytest.mark.parametrize("value", ["perhaps", "", "2", "null"])
def test_malformed_boolean_is_refused(wire: Wire, value: str) -> None:
    answer = wire.get(f"dataset/{BIAS}?dimension_records={value}")
    assert_refused(answer)
    assert b"dimension_records" in answer.body


def test_missing_query_parameter_is_named(wire: Wire) -> None:
    for endpoint in ("collection_summary", "collection_info"):
        answer = wire.get(endpoint)
        assert_refused(answer)
        assert b"name" in answer.body


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    "value",
    ["\0", "\ud800", "x" * 100_000, "'; --", "%", 10**30, -(2**63), 1e300, -1],
    ids=lambda value: repr(value)[:20],
)
def test_no_value_whatever_is_a_server_error(
    wires: Callable[[str, str], Wire], dialect: str, value: object
) -> None:
    wire = wires("base", dialect)
    changes: list[dict[str, Any]] = [
        {"data_id": {"instrument": "Cam1", "detector": value}},
        {"data_id": {"instrument": value, "detector": 1}},
        {"data_id": {"instrument": "Cam1", "detector.full_name": value}},
        {"data_id": {"instrument": "Cam1", "exposure": value, "detector": 1}},
        {"data_id": {str(value): 1, "instrument": "Cam1", "detector": 1}},
        {"default_data_id": {"instrument": value}},
        {"default_data_id": {str(value): 1}},
        {"collections": [str(value)]},
        {"collections": [f"*{value}[!"]},
        {"dataset_type": str(value)},
        {"timespan": [value, value] if isinstance(value, int) else None},
    ]
    for change in changes:
        for endpoint in ("find_dataset", "get_file_by_data_id"):
            answer = wire.post(endpoint, FIND | change)
            assert answer.status in {200, 422}, (endpoint, change, answer)
    for name in (str(value), f"{value}*"):
        content = COLLECTION_QUERY | {"expression": [name]}
        answer = wire.post("query_collection_info", content)
        assert answer.status in {200, 422}, (name, answer)
    answer = wire.post("expand_data_id", {"data_id": changes[0]["data_id"]})
    assert answer.status == 422, answer


def test_deeply_nested_body_is_refused(wire: Wire) -> None:
    for body in (b"[" * 200_000, b'{"a":' * 100_000):
        assert_refused(wire.post_bytes("find_dataset", body))


def assert_refused(answer: Answer) -> None:
    """A refusal that the client cannot take for an error of the Butler."""
    assert answer.status == 422, answer
    content = answer.json()
    assert "detail" in content
    assert "error_type" not in content

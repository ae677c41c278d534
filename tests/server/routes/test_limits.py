"""What is larger than it may be is refused, and the refusal names the limit."""

import socket
from typing import Any

import pytest

from butlery.protocol.limits import (
    MAX_BODY_BYTES,
    MAX_DATA_ID_KEYS,
    MAX_DATASET_IDS,
    MAX_GLOB_CHARACTERS,
    MAX_GLOBS,
    MAX_HEAD_BYTES,
    MAX_ITEMS,
    MAX_NAMES,
)
from butlery.server.routes import own_router, repository_router
from tests.server.routes.test_requests import GOOD
from tests.server.web import Answer, Web

ROOT = "/api/butler/repo/repo/v1"
OWN_ROOT = "/api/butlery/repo/repo/v1"
ID = "00000000-0000-0000-0000-000000000001"
COMMON = {"dataset_type": "bias", "collections": ["runs/first"]}
POSTS = sorted(
    route.path.replace("{repository:str}", "repo")
    for router in (repository_router, own_router)
    for route in router.routes
    # General queries are not offered yet: nobody reads their bodies.
    if "POST" in route.methods and "/query/" not in route.path
)


@pytest.mark.parametrize("path", POSTS)
def test_body_that_is_too_large_is_refused_by_every_route(web: Web, path: str) -> None:
    answer = web.post(path, b'"' + b"x" * MAX_BODY_BYTES + b'"')
    assert answer.status == 413
    assert answer.json == {"detail": f"The body is larger than {MAX_BODY_BYTES} bytes."}


def test_body_that_does_not_say_its_size_is_refused_when_it_is_too_large(
    web: Web,
) -> None:
    head = (
        f"POST {ROOT}/find_dataset HTTP/1.1\r\nhost: a\r\n"
        "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    address = ("127.0.0.1", web.server.port)
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(head.encode())
        for _ in range(1 + MAX_BODY_BYTES // 0x100000):
            client.sendall(chunk)
        assert client.recv(12) == b"HTTP/1.1 413"


def test_head_that_is_too_large_is_refused(web: Web) -> None:
    address = ("127.0.0.1", web.server.port)
    with socket.create_connection(address, timeout=20) as client:
        name = "x" * MAX_HEAD_BYTES
        client.sendall(f"GET /{name} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        assert client.recv(12) == b"HTTP/1.1 431"


def refused(web: Web, path: str, body: Any, limit: int, field: str = "") -> Answer:
    answer = web.post(path, body)
    assert answer.status == 422, answer
    assert str(limit) in answer.detail
    assert field in answer.detail
    return answer


NAMES = [
    ("find_dataset", "collections"),
    ("get_file_by_data_id", "collections"),
    ("query_collection_info", "expression"),
    ("query_collection_info", "summary_datasets"),
    ("query_collections", "search"),
    ("query_dataset_types", "search"),
]


@pytest.mark.parametrize(("route", "field"), NAMES)
def test_lists_of_names_are_so_long(web: Web, route: str, field: str) -> None:
    body = {**GOOD[route], field: ["runs/first"] * (MAX_NAMES + 1)}
    refused(web, f"{ROOT}/{route}", body, MAX_NAMES, field)
    body[field] = body[field][1:]
    answer = web.post(f"{ROOT}/{route}", body)
    # None of them has a file to be given.
    assert answer.status == 200 or answer.json["error_type"] == "dataset_not_found"


@pytest.mark.parametrize(("route", "field"), [n for n in NAMES if "sum" not in n[1]])
def test_globs_are_so_many_and_so_long(web: Web, route: str, field: str) -> None:
    body = {**GOOD[route], field: [f"x*{n}" for n in range(MAX_GLOBS + 1)]}
    refused(web, f"{ROOT}/{route}", body, MAX_GLOBS, "globs")
    body[field] = ["x" * MAX_GLOB_CHARACTERS + "*"]
    refused(web, f"{ROOT}/{route}", body, MAX_GLOB_CHARACTERS, "glob")
    body[field] = [f"x*{n}" for n in range(MAX_GLOBS)]
    assert "glob" not in web.post(f"{ROOT}/{route}", body).json.get("detail", "")


@pytest.mark.parametrize("field", ["data_id", "default_data_id"])
@pytest.mark.parametrize("route", ["find_dataset", "get_file_by_data_id"])
def test_data_ids_have_so_many_keys(web: Web, route: str, field: str) -> None:
    body = {**GOOD[route], field: {f"k{n}": n for n in range(MAX_DATA_ID_KEYS + 1)}}
    refused(web, f"{ROOT}/{route}", body, MAX_DATA_ID_KEYS, field)


def test_data_id_to_be_expanded_has_so_many_keys(web: Web) -> None:
    body = {"data_id": {f"k{n}": n for n in range(MAX_DATA_ID_KEYS + 1)}}
    refused(web, f"{ROOT}/expand_data_id", body, MAX_DATA_ID_KEYS, "data_id")


@pytest.mark.parametrize("route", ["datasets", "file_transfer"])
def test_uuids_are_so_many(web: Web, route: str) -> None:
    body = {"dataset_ids": [ID] * (MAX_DATASET_IDS + 1)}
    refused(web, f"{ROOT}/{route}", body, MAX_DATASET_IDS, "dataset_ids")


@pytest.mark.parametrize("route", ["find_datasets", "get_files"])
def test_batches_have_so_many_items_and_globs(web: Web, route: str) -> None:
    item = {"data_id": {"instrument": "Cam1", "detector": 1}}
    path = f"{OWN_ROOT}/{route}"
    items: list[Any] = [item] * (MAX_ITEMS + 1)
    refused(web, path, {**COMMON, "items": items}, MAX_ITEMS, "items")
    items = [{**item, "collections": [f"runs/{n}*"]} for n in range(MAX_GLOBS + 1)]
    refused(web, path, {**COMMON, "items": items}, MAX_GLOBS, "globs")
    assert web.post(path, {**COMMON, "items": items[1:]}).status == 200
    # One that all have in common is one.
    common = {**COMMON, "collections": ["runs/f*"], "items": [item] * 1000}
    assert web.post(path, common).status == 200
    items = [{"data_id": {f"k{n}": n for n in range(MAX_DATA_ID_KEYS + 1)}}]
    (outcome,) = web.post(path, {**COMMON, "items": items}).json["items"]
    assert outcome["outcome"] == "bad_request"
    assert str(MAX_DATA_ID_KEYS) in outcome["detail"]


@pytest.mark.parametrize("opened", ["[", '{"a":', '{"data_id":'])
def test_json_is_nested_so_deeply_and_no_deeper(web: Web, opened: str) -> None:
    for path in POSTS:
        answer = web.post(path, opened.encode() * 200_000)
        assert answer.status == 422
        assert web.get("/health/live").status == 200

"""What everybody may ask, and how a wrong question is answered."""

import pytest

from tests.server.conftest import SECRET
from tests.server.web import Web

ROOT = "/api/butler/repo/repo"

GET_ROUTES = [
    "universe",
    "dataset_type/bias",
    "dataset/00000000-0000-0000-0000-000000000001",
    "get_file/00000000-0000-0000-0000-000000000001",
    "collection_summary?name=runs/first",
    "collection_info?name=runs/first",
]
POST_ROUTES = [
    "datasets",
    "find_dataset",
    "expand_data_id",
    "get_file_by_data_id",
    "file_transfer",
    "query_collection_info",
    "query_dataset_types",
    "query_collections",
]
QUERIES = ["execute", "count", "any", "explain", "all_datasets"]


@pytest.mark.parametrize("label", ["repo", "trusting", "unknown", "%2e%2e", "a%20b"])
@pytest.mark.parametrize("name", ["butler.yaml", "butler.json"])
def test_client_configuration_is_open_for_any_label(
    web: Web, label: str, name: str
) -> None:
    answer = web.get(f"/api/butler/repo/{label}/{name}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {
        "cls": "lsst.daf.butler.remote_butler.RemoteButler",
        "remote_butler": {
            "url": "<butlerRoot>",
            "authentication": "rubin_science_platform",
        },
    }


def test_metadata_says_what_this_is(web: Web) -> None:
    assert web.get("/").json["name"] == "butlery"


@pytest.mark.parametrize(
    "target",
    ["/nothing", "/api", "/api/butler/repo/repo", f"{ROOT}/v1/nothing", f"{ROOT}/v2/x"],
)
def test_unknown_route_is_404(web: Web, target: str) -> None:
    answer = web.get(target)
    assert (answer.status, answer.json) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("route", GET_ROUTES)
def test_route_to_read_takes_no_other_method(web: Web, route: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD"):
        answer = web.ask(method, f"{ROOT}/v1/{route}", headers={"content-length": "0"})
        assert answer.status == 405
        if method != "HEAD":
            assert answer.json == {"detail": "Method Not Allowed"}


@pytest.mark.parametrize("route", [*POST_ROUTES, *(f"query/{q}" for q in QUERIES)])
def test_route_to_ask_takes_no_other_method(web: Web, route: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = web.ask(method, f"{ROOT}/v1/{route}", headers={"content-length": "0"})
        assert (answer.status, answer.json) == (405, {"detail": "Method Not Allowed"})


def test_unknown_repository_is_404_by_name(web: Web) -> None:
    said = {"detail": "Unknown repository 'nosuch'"}
    for route in GET_ROUTES:
        answer = web.get(f"/api/butler/repo/nosuch/v1/{route}")
        assert (answer.status, answer.json) == (404, said)
    for route in POST_ROUTES:
        answer = web.post(f"/api/butler/repo/nosuch/v1/{route}", {})
        assert (answer.status, answer.json) == (404, said)


@pytest.mark.parametrize("query", QUERIES)
def test_malformed_general_query_is_told_what_is_missing(web: Web, query: str) -> None:
    answer = web.post(f"{ROOT}/v1/query/{query}", {"anything": True})
    assert answer.status == 422
    assert "missing required field" in answer.detail
    assert "error_type" not in answer.json


def test_repositories_of_one_server_are_apart(web: Web) -> None:
    for label in ("repo", "trusting"):
        answer = web.get(f"/api/butler/repo/{label}/v1/universe")
        assert answer.json["universe"]["version"] == 8


def test_static_files_have_validators(web: Web) -> None:
    answer = web.get("/api/butler/configs/index.yaml")
    assert (answer.status, answer.body) == (200, b"repo: somewhere\n")
    assert answer.headers["etag"]
    assert answer.headers["last-modified"]


@pytest.mark.parametrize(
    "name",
    [
        "nowhere.yaml",
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "..%5csecret.txt",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "index.yaml%00",
        "%00",
        "x" * 3000,
        "",
    ],
)
def test_static_files_end_at_their_folder(web: Web, name: str) -> None:
    answer = web.get(f"/api/butler/configs/{name}")
    assert answer.status in {400, 404}
    assert SECRET not in answer.body
    assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "host", ["", "a b", "[::1", "host:port", "evil.example/path", "x" * 5000, "ä"]
)
def test_odd_host_header_is_no_server_error(web: Web, host: str) -> None:
    target = f"{ROOT}/v1/file_transfer"
    answer = web.post(target, {"dataset_ids": []}, host=host)
    assert answer.status in {200, 400, 422}

"""Many lookups in one request: one outcome each, as the single routes tell it."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsst.daf.butler import Butler
from lsst.daf.butler._collection_type import CollectionType

from butlery.protocol.batch import (
    FindDatasetsRequest,
    FindDatasetsResponse,
    GetFilesRequest,
    GetFilesResponse,
)
from butlery.protocol.limits import MAX_ITEMS
from tests.protocol.strategies import JSON, values_of
from tests.server.conftest import CONTENT, Stored
from tests.server.test_observed import log_of
from tests.server.web import Answer, Web, path_and_query
from tests.support.postgres_process import wait_until
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

STOCK = "/api/butler/repo/repo/v1"
ROOT = "/api/butlery/repo/repo/v1"
NOBODY = "00000000-0000-0000-0000-000000000001"
BIAS = {"instrument": "Cam1", "detector": 1}
NOTE = {"instrument": "Cam1", "detector": 2}
SPAN = [0, 4_000_000_000_000_000_000]
SINGLE: list[dict[str, Any]] = [
    {"dataset_type": "bias", "data_id": BIAS, "collections": ["runs/first"]},
    {"dataset_type": "bias", "data_id": BIAS, "collections": ["chain/calibs"]},
    {
        "dataset_type": "bias",
        "data_id": BIAS,
        "collections": ["calib/main"],
        "timespan": SPAN,
    },
    {
        "dataset_type": "bias",
        "data_id": {**BIAS, "detector": 99},
        "collections": ["*"],
    },
    {"dataset_type": "bias", "data_id": {"detector": 1}, "collections": ["*"]},
    {"dataset_type": "bias", "data_id": {**BIAS, "x": 1}, "collections": ["*"]},
    {"dataset_type": "bias", "data_id": {"a": None}, "collections": ["*"]},
    {"dataset_type": "bias", "data_id": [], "collections": ["*"]},
    {"dataset_type": "bias", "data_id": {"detector": 1.5}, "collections": ["*"]},
    {"dataset_type": "bias", "data_id": BIAS, "collections": ["no/such"]},
    {"dataset_type": "bias", "data_id": BIAS, "collections": "runs/first"},
    {"dataset_type": "bias", "data_id": BIAS, "collections": []},
    {"dataset_type": "none", "data_id": BIAS, "collections": ["*"]},
    {"dataset_type": "bias.x", "data_id": BIAS, "collections": ["*"]},
    {"dataset_type": "a b", "data_id": BIAS, "collections": ["*"]},
    {"dataset_type": 5, "data_id": BIAS, "collections": ["*"]},
    {"dataset_type": "note_yaml", "data_id": NOTE, "collections": ["files/run"]},
    {"dataset_type": "metric_apart", "data_id": NOTE, "collections": ["files/run"]},
]


def posted(web: Web, route: str, document: object) -> Any:
    answer = web.post(f"{ROOT}/{route}", document)
    assert answer.status == 200, answer
    return answer.json


def refused(answer: Answer) -> dict[str, Any]:
    assert answer.status == 422
    return {"outcome": "bad_request", **answer.json}


def test_each_dataset_is_found_as_by_the_single_route(web: Web) -> None:
    found = posted(web, "find_datasets", {"items": SINGLE})
    assert len(found["items"]) == len(SINGLE)
    for asked, item in zip(SINGLE, found["items"], strict=True):
        alone = web.post(f"{STOCK}/find_dataset", {"timespan": None, **asked})
        if alone.status != 200:
            assert item == refused(alone)
            continue
        ref = alone.json["dataset_ref"]
        if ref is None:
            assert item == {"outcome": "absent"}
            continue
        assert item["outcome"] == "found"
        dataset = item["dataset"]
        assert (dataset["id"], dataset["run"]) == (ref["id"], ref["run"])
        assert dataset["data_id"] == ref["dataId"]["dataId"]
        assert "records" not in dataset
        assert found["dataset_types"][dataset["dataset_type"]] == ref["datasetType"]
    assert {item["outcome"] for item in found["items"]} == {
        *("found", "absent", "bad_request"),
    }


def test_files_of_each_are_those_of_the_single_route(web: Web) -> None:
    found = posted(web, "get_files", {"items": SINGLE})
    for asked, item in zip(SINGLE, found["items"], strict=True):
        alone = web.post(f"{STOCK}/get_file_by_data_id", asked)
        if alone.status != 200:
            if alone.json.get("error_type") == "dataset_not_found":
                assert item == {"outcome": "absent"}
            else:
                assert item == refused(alone)
            continue
        artifact = alone.json["artifact"]
        assert item["outcome"] == ("no_file" if artifact is None else "found")
        assert item["dataset"]["id"] == alone.json["dataset_ref"]["id"]
        if artifact is not None:
            same_files(item["files"], artifact["file_info"])


def same_files(files: list[dict[str, Any]], single: list[dict[str, Any]]) -> None:
    for file, other in zip(files, single, strict=True):
        record = other["datastoreRecords"]
        for name in ("formatter", "storage_class", "component", "path"):
            assert file[name] == record[name]
        assert file["size"] == (
            None if record["file_size"] < 0 else record["file_size"]
        )
        assert file["url"].partition("?")[0] == other["url"].partition("?")[0]


def test_files_by_uuid_keep_their_order(web: Web, stored: Stored) -> None:
    id_ = stored.ids["plain.bin"]
    asked = [{"id": i} for i in (NOBODY, id_, "nonsense", id_)]
    alone = web.get(f"{STOCK}/get_file/{id_}").json
    nobody, first, nonsense, second = posted(web, "get_files", {"items": asked})[
        "items"
    ]
    assert nobody == {"outcome": "absent"}
    assert nonsense["outcome"] == "bad_request"
    assert nonsense["detail"].startswith("id: ")
    assert first == second
    same_files(first["files"], alone["artifact"]["file_info"])
    (file,) = first["files"]
    assert (file["size"], file["media_type"]) == (None, "application/octet-stream")
    ends = datetime.fromisoformat(file["expires"])
    assert 3500 < (ends - datetime.now(UTC)).total_seconds() < 3700
    assert web.get(path_and_query(file["url"])).body == CONTENT


def test_dataset_without_a_file_that_may_be_handed_out(
    web: Web, stored: Stored
) -> None:
    ids = [stored.ids["absolute"], stored.ids["plain.bin"]]
    forbidden, plain = posted(
        web, "get_files", {"items": [{"id": id_} for id_ in ids]}
    )["items"]
    assert forbidden["outcome"] == "no_file"
    assert forbidden["dataset"]["id"] == ids[0]
    alone = web.get(f"{STOCK}/get_file/{ids[0]}")
    assert (alone.status, forbidden["detail"]) == (403, alone.detail)
    assert plain["outcome"] == "found"


def test_item_counts_more_than_what_holds_for_all(web: Web) -> None:
    common = {
        "dataset_type": "bias",
        "collections": ["calib/main"],
        "timespan": SPAN,
        "default_data_id": {"instrument": "Cam1"},
    }
    items: list[dict[str, Any]] = [
        {"data_id": {"detector": 2}},
        {"data_id": {"detector": 2}, "timespan": None},
        {"data_id": {"detector": 2}, "collections": ["runs/first"]},
        {"data_id": {"detector": 2}, "dataset_type": "none"},
        {"data_id": NOTE, "dataset_type": "note_yaml", "collections": ["files/run"]},
    ]
    for route in ("find_datasets", "get_files"):
        found = posted(web, route, {**common, "items": items})
        for item, outcome in zip(items, found["items"], strict=True):
            single = {**common, **item}
            if route == "find_datasets":
                ref = web.post(f"{STOCK}/find_dataset", single).json.get("dataset_ref")
            else:
                alone = web.post(f"{STOCK}/get_file_by_data_id", single).json
                ref = alone.get("dataset_ref")
            assert outcome.get("dataset", {}).get("id") == (ref and ref["id"])


@pytest.mark.parametrize("missing", ["dataset_type", "collections"])
def test_what_is_given_nowhere_is_named(web: Web, missing: str) -> None:
    item = {"dataset_type": "bias", "collections": ["*"], "data_id": BIAS}
    del item[missing]
    for route in ("find_datasets", "get_files"):
        (found,) = posted(web, route, {"items": [item]})["items"]
        assert found["outcome"] == "bad_request"
        assert found["detail"].startswith(f"{missing}: ")


@pytest.mark.parametrize("item", [{}, {"id": NOBODY, "data_id": {}}])
def test_file_is_asked_for_in_one_way(web: Web, item: object) -> None:
    (found,) = posted(web, "get_files", {"items": [item]})["items"]
    assert found["outcome"] == "bad_request"
    assert found["detail"].startswith("id: ")


def test_records_are_those_of_the_single_route(web: Web) -> None:
    asked = {"dataset_type": "bias", "data_id": BIAS, "collections": ["runs/first"]}
    body = {"items": [asked], "dimension_records": True}
    (item,) = posted(web, "find_datasets", body)["items"]
    single = {**asked, "timespan": None, "dimension_records": True}
    alone = web.post(f"{STOCK}/find_dataset", single).json["dataset_ref"]
    assert item["dataset"]["records"] == alone["dataId"]["records"]


def test_definition_of_a_type_is_sent_once(web: Web) -> None:
    common = {"dataset_type": "bias", "collections": ["runs/first"]}
    body = {**common, "items": [{"data_id": BIAS}] * 100}
    found = posted(web, "find_datasets", body)
    assert len(found["items"]) == 100
    assert list(found["dataset_types"]) == ["bias"]


def test_ten_thousand_items_are_answered_and_one_more_is_refused(web: Web) -> None:
    common = {"dataset_type": "bias", "collections": ["runs/first"]}
    items = [{"data_id": {**BIAS, "detector": n % 7}} for n in range(MAX_ITEMS)]
    found = posted(web, "find_datasets", {**common, "items": items})["items"]
    assert [i["outcome"] for i in found] == [i["outcome"] for i in found[:7]] * 1428 + [
        i["outcome"] for i in found[:4]
    ]
    for route in ("find_datasets", "get_files"):
        answer = web.post(f"{ROOT}/{route}", {**common, "items": [*items, {}]})
        assert answer.status == 422
        assert answer.detail.startswith("items: ")
        assert "10000" in answer.detail


def test_few_items_fit_into_a_url(web: Web, stored: Stored) -> None:
    data_ids: list[object] = [BIAS, {"detector": 1}, [], NOTE]
    query = [
        *(("dataset_type", "bias"), ("collections", "runs/empty,runs/first")),
        *(("data_id", json.dumps(each)) for each in data_ids),
        ("dimension_records", "true"),
    ]
    found = web.get(f"{ROOT}/find_datasets?{urlencode(query)}")
    body = {
        "dataset_type": "bias",
        "collections": ["runs/empty", "runs/first"],
        "dimension_records": True,
        "items": [{"data_id": each} for each in data_ids],
    }
    assert found.json["items"] == posted(web, "find_datasets", body)["items"]
    ids = [stored.ids["plain.bin"], NOBODY, "x"]
    got = web.get(f"{ROOT}/get_files?{urlencode([('id', i) for i in ids])}").json
    assert [i["outcome"] for i in got["items"]] == ["found", "absent", "bad_request"]


def test_calibration_in_a_url(web: Web) -> None:
    query = {
        "dataset_type": "bias",
        "collections": "calib/main",
        "data_id": json.dumps({**BIAS, "detector": 2}),
    }
    for span, outcome in ((json.dumps(SPAN), "found"), (None, "absent")):
        given = {**query, **({"timespan": span} if span else {})}
        answer = web.get(f"{ROOT}/find_datasets?{urlencode(given)}")
        assert answer.json["items"][0]["outcome"] == outcome
    answer = web.get(f"{ROOT}/find_datasets?timespan={quote('[1]')}")
    assert (answer.status, answer.detail[:10]) == (422, "timespan: ")


@pytest.mark.parametrize(
    ("route", "name"), [("find_datasets", "data_id"), ("get_files", "id")]
)
def test_url_with_too_many_items_says_what_to_do(
    web: Web, route: str, name: str
) -> None:
    for count, status in ((100, 200), (101, 422)):
        query = urlencode([(name, "{}")] * count)
        answer = web.get(f"{ROOT}/{route}?{query}")
        assert answer.status == status
    assert "POST" in answer.detail
    assert web.get(f"{ROOT}/{route}").json == {"items": [], "dataset_types": {}}


def test_equal_questions_have_equal_tags(web: Web) -> None:
    query = urlencode(
        {
            "dataset_type": "bias",
            "collections": "runs/first",
            "data_id": json.dumps(BIAS),
        }
    )
    first, second = (web.get(f"{ROOT}/find_datasets?{query}") for _ in range(2))
    assert first.headers["etag"] == second.headers["etag"]


def test_every_dataset_handed_out_is_logged_as_by_the_single_route(
    web: Web, stored: Stored
) -> None:
    def logged() -> list[dict[str, Any]]:
        return log_of(web, "file-access")

    id_ = stored.ids["plain.bin"]
    start = len(logged())
    web.get(f"{STOCK}/get_file/{id_}", x_auth_request_user="somebody")
    find = {"dataset_type": "note_yaml", "data_id": NOTE, "collections": ["files/run"]}
    web.post(f"{STOCK}/get_file_by_data_id", find, x_auth_request_user="somebody")
    items = [{"id": id_}, {"id": NOBODY}, find, {}]
    web.post(f"{ROOT}/get_files", {"items": items * 50}, x_auth_request_user="somebody")
    wait_until("the log", lambda: len(logged()) == start + 102)
    first, second, *rest = [
        {n: v for n, v in entry.items() if n != "timestamp"}
        for entry in logged()[start:]
    ]
    assert rest == [first, second] * 50


def test_answer_says_how_it_was_come_by(web: Web) -> None:
    items = [{"dataset_type": "bias", "collections": ["runs/first"], "data_id": BIAS}]
    posted(web, "find_datasets", {"items": items})
    answer = web.post(f"{ROOT}/find_datasets", {"items": items})
    assert answer.headers["cache-status"] == "butlery; hit; detail=entry"
    assert answer.headers["butlery-revision"]


def test_batch_that_was_asked_before_is_not_older_than_what_was_written_since(
    repositories: RepositoryShelf,
) -> None:
    root = repositories.copy("base")
    asked = {
        "dataset_type": "bias",
        "collections": ["chain/new"],
        "items": [{"data_id": BIAS}, {"data_id": {**BIAS, "detector": 2}}],
    }
    server = ButleryServer.start(root)
    try:
        web = Web(server)

        def outcomes() -> list[str]:
            return [i["outcome"] for i in posted(web, "find_datasets", asked)["items"]]

        with Butler.from_config(str(root), writeable=True) as butler:
            for _ in range(2):
                assert outcomes() == ["bad_request"] * 2
            butler.collections.register("chain/new", CollectionType.CHAINED)
            for _ in range(2):
                assert outcomes() == ["absent"] * 2
            butler.collections.redefine_chain("chain/new", ["runs/first"])
            for _ in range(2):
                assert outcomes() == ["found"] * 2
            butler.collections.redefine_chain("chain/new", [])
            assert outcomes() == ["absent"] * 2
    finally:
        server.stop()


@pytest.mark.parametrize("route", ["find_datasets", "get_files"])
def test_unknown_repository_is_404(web: Web, route: str) -> None:
    answer = web.post(f"/api/butlery/repo/none/v1/{route}", {"items": []})
    assert (answer.status, answer.detail) == (404, "Unknown repository 'none'")


BODIES = {"find_datasets": FindDatasetsRequest, "get_files": GetFilesRequest}
fuzzed = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("route", BODIES)
def test_any_items_are_answered_one_by_one(web: Web, route: str) -> None:
    @fuzzed
    @given(st.lists(JSON | values_of(BODIES[route]).map(msgspec.to_builtins)))
    def check(items: list[object]) -> None:
        found = posted(web, route, {"items": items})["items"]
        assert len(found) == len(items)

    check()


@pytest.mark.parametrize("route", BODIES)
def test_any_body_is_answered_or_refused(web: Web, route: str) -> None:
    @fuzzed
    @given(JSON | values_of(BODIES[route]).map(msgspec.to_builtins))
    def check(document: object) -> None:
        answer = web.post(f"{ROOT}/{route}", document)
        assert answer.status in {200, 422}

    check()


@pytest.mark.parametrize("route", BODIES)
@given(text=st.text(max_size=20))
@fuzzed
def test_any_query_is_answered_or_refused(web: Web, route: str, text: str) -> None:
    names = ("id", "data_id", "collections", "dataset_type", "timespan")
    query = urlencode([(n, text.encode("utf-8", "replace")) for n in names])
    assert web.get(f"{ROOT}/{route}?{query}").status in {200, 422}


@pytest.mark.parametrize(
    ("route", "answered"),
    [("find_datasets", FindDatasetsResponse), ("get_files", GetFilesResponse)],
)
def test_schema_describes_bodies_limits_and_examples(
    web: Web, route: str, answered: type[Any]
) -> None:
    document = web.get("/schema/openapi.json").json
    path = document["paths"][f"/api/butlery/repo/{{repository}}/v1/{route}"]
    (content,) = path["post"]["requestBody"]["content"].values()
    assert path["post"]["requestBody"]["required"]
    items = content["schema"]["properties"]["items"]
    assert items["maxItems"] == MAX_ITEMS
    assert "data_id" in items["items"]["properties"]
    assert "$ref" not in json.dumps(content["schema"])
    msgspec.convert(content["example"], BODIES[route])
    for method in ("get", "post"):
        (answer,) = path[method]["responses"]["200"]["content"].values()
        name = answer["schema"]["$ref"].rpartition("/")[2]
        assert {"items", "dataset_types"} == {
            *document["components"]["schemas"][name]["properties"],
        }
        msgspec.convert(answer["example"], answered, strict=False)
        assert {"404", "422", "503"} <= set(path[method]["responses"])
    parameters = {p["name"] for p in path["get"]["parameters"] if p["in"] == "query"}
    assert parameters == (
        {"id"}
        if route == "get_files"
        else {
            *("dataset_type", "collections", "data_id"),
            *("timespan", "dimension_records"),
        }
    )

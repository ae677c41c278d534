"""The fake server gives the answers of a real one that holds the same."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from urllib3 import PoolManager

from .content import IDS

_HTTP = PoolManager(retries=False)

# Where files are is each server's own affair; so is the order of what is a set.
_OWN = {"url", "path", "expires"}
_SETS = {"parents", "dataset_types"}


def cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: sorted(map(str, each))
            if key in _SETS and isinstance(each, list)
            else cleaned(each)
            for key, each in value.items()
            if key not in _OWN and key != "doc"
        }
    return [cleaned(each) for each in value] if isinstance(value, list) else value


def asked(url: str, path: str, body: Any = None) -> tuple[int, Any]:
    if path.startswith("own/"):
        url, path = url.replace("/butler/repo/", "/butlery/repo/"), path[4:]
    reply = _HTTP.request(
        "GET" if body is None else "POST",
        f"{url}/{path}",
        body=None if body is None else json.dumps(body),
        headers={"content-type": "application/json"},
    )
    return reply.status, cleaned(reply.json())


def lookup(**changes: Any) -> dict[str, Any]:
    return {
        "dataset_type": "bias",
        "data_id": {"instrument": "Cam", "detector": 2},
        "collections": ["chain/outer"],
        "timespan": None,
        **changes,
    }


def info(*names: str, **changes: Any) -> dict[str, Any]:
    return {
        "expression": names,
        "collection_types": [1, 2, 3, 4],
        "flatten_chains": False,
        "include_chains": True,
        "include_parents": True,
        "include_summary": True,
        "include_doc": False,
        "summary_datasets": None,
        **changes,
    }


UNKNOWN = "00000000-0000-4000-8000-000000000000"
CASES: list[tuple[str, Any]] = [
    ("butler.yaml", None),
    ("v1/universe", None),
    *((f"v1/dataset_type/{n}", None) for n in ("bias", "notes", "unused", "nope")),
    *((f"v1/dataset/{each}", None) for each in [*IDS, UNKNOWN]),
    *((f"v1/dataset/{each}?dimension_records=true", None) for each in IDS),
    *((f"v1/get_file/{each}", None) for each in [*IDS, UNKNOWN]),
    ("v1/datasets", {"dataset_ids": [str(IDS[0]), UNKNOWN, str(IDS[0])]}),
    *(
        (f"v1/{route}", body)
        for route in ("find_dataset", "get_file_by_data_id")
        for body in (
            lookup(),
            lookup(dimension_records=True),
            lookup(collections=["runs/*"]),
            lookup(collections=["runs/first", "chain/*"]),
            lookup(collections=["*"]),
            lookup(collections=["nope/*"]),
            lookup(collections=[]),
            lookup(collections=["runs/first", "nope"]),
            lookup(dataset_type="nope"),
            lookup(data_id={"instrument": "Cam", "detector": 9}),
            lookup(data_id={"detector": 1}, default_data_id={"instrument": "Cam"}),
            lookup(data_id={"detector": 1}),
            lookup(data_id={"bogus": 1, "instrument": "Cam", "detector": 1}),
            lookup(data_id={"instrument": "Cam", "detector": 1, "band": "z"}),
            lookup(dataset_type="summary", data_id={"instrument": "Cam", "visit": 7}),
            lookup(dataset_type="notes", data_id={}, collections=["*"]),
        )
    ),
    *(
        ("v1/expand_data_id", {"data_id": data_id})
        for data_id in (
            {},
            {"instrument": "Cam"},
            {"instrument": "Cam", "visit": 7},
            {"instrument": "Cam", "visit": 7, "band": "y"},
            {"instrument": "Cam", "detector": 2, "visit": 7},
            {"instrument": "Cam", "detector": 9},
            {"detector": 1},
        )
    ),
    *(
        (f"v1/collection_summary?name={quote(name, safe='')}", None)
        for name in ("runs/first", "chain/outer", "other", "runs/*", "nope")
    ),
    *(
        ("v1/query_collection_info", body)
        for body in (
            info("*"),
            info("chain/outer"),
            info("other", "runs/first", "other"),
            info("other", "runs/*", "chain/outer"),
            info("nope"),
            info("runs/first", "nope", "neither"),
            info("nope*"),
            info("chain/outer", flatten_chains=True),
            info("chain/outer", flatten_chains=True, include_chains=False),
            info("ch*", "other", flatten_chains=True, include_chains=False),
            info("*", collection_types=[1]),
            info("*", collection_types=[]),
            info("chain/outer", summary_datasets=["bias"]),
        )
    ),
    *(
        ("v1/query_dataset_types", {"search": search})
        for search in (["bias", "nope"], ["b*", "notes"], [], ["x*"])
    ),
    (
        "own/v1/find_datasets",
        {
            "dataset_type": "bias",
            "collections": ["chain/outer"],
            "dimension_records": True,
            "items": [
                {"data_id": {"instrument": "Cam", "detector": 1}},
                {"data_id": {"instrument": "Cam", "detector": 9}},
                {"data_id": {}},
                {"data_id": {}, "dataset_type": "notes", "collections": ["other"]},
            ],
        },
    ),
    (
        "own/v1/get_files",
        {
            "items": [
                {"id": str(IDS[3])},
                {"id": UNKNOWN},
                {"data_id": {}, "dataset_type": "notes", "collections": ["other"]},
            ]
        },
    ),
    ("v1/nothing", None),
]


@pytest.mark.parametrize(("path", "body"), CASES, ids=str)
def test_both_servers_say_the_same(fake: str, real: str, path: str, body: Any) -> None:
    assert asked(fake, path, body) == asked(real, path, body)


@pytest.mark.parametrize(
    "part", ["bytes=0-", "bytes=0-9", "bytes=-5", "bytes=4990-9999", "bytes=9999-", "x"]
)
def test_both_servers_hand_out_the_same_parts_of_files(
    fake: str, real: str, part: str
) -> None:
    told = []
    for url in (fake, real):
        found = _HTTP.request("GET", f"{url}/v1/get_file/{IDS[4]}").json()
        place = found["artifact"]["file_info"][0]["url"]
        reply = _HTTP.request("GET", place, headers={"range": part})
        assert reply.headers["etag"]
        again = {"if-none-match": reply.headers["etag"]}
        assert _HTTP.request("GET", place, headers=again).status == 304
        body = reply.data if reply.status < 400 else b""
        told.append((reply.status, body, reply.headers.get("content-range")))
    assert told[0] == told[1]

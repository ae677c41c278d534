"""Which queries the server answers itself, and what such an answer looks like.

The server has no workers: what it does not know itself is 501.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lsst.daf.butler import Butler

from tests.queries.asking import INPUTS, lines, post
from tests.queries.serving import serve
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_TRACTS = 2500
_DETECTOR = {"expression_type": "dimension_key", "dimension": "detector"}
_ONE = {"expression_type": "int", "value": 1}
_CAM = {**INPUTS, "default_data_id": {"dataId": {"instrument": "Cam1"}}}
_RECORDS = {"result_type": "dimension_record", "element": "detector"}


@pytest.fixture(scope="module")
def server(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    root = repositories.copy("base")
    with Butler.from_config(str(root), writeable=True) as butler:
        insert = butler.registry.insertDimensionData
        insert("skymap", {"name": "a\u2028b", "hash": b"0123456789"})
        rows = ({"skymap": "a\u2028b", "id": n} for n in range(_TRACTS))
        insert("tract", *rows)
    server = serve(
        tmp_path_factory.mktemp("server"),
        {"repo": root},
        "workers = 0\nmax_rows = 3000",
    )
    yield server
    server.stop()


def _asked(
    spec: dict[str, Any] = _RECORDS,
    *operands: list[Any],
    inputs: dict[str, Any] = _CAM,
    **tree: Any,
) -> dict[str, Any]:
    whole = {"dimensions": ["detector"], "predicate": {"operands": operands}, **tree}
    return {"query": {"tree": whole, **inputs}, "result_spec": spec}


def _compared(b: Any, operator: str = "==", a: Any = None) -> dict[str, Any]:
    return {
        "predicate_type": "comparison",
        "a": a or _DETECTOR,
        "b": b,
        "operator": operator,
    }


def test_answer_has_the_form_of_a_workers(server: ButleryServer) -> None:
    status, headers, body = post(server, "execute", _asked())
    assert status == 200
    assert headers["content-type"] == "application/jsonlines"
    assert headers["x-accel-buffering"] == "no"
    assert headers["cache-status"] == "butlery; hit; detail=snapshot"
    assert headers["butlery-revision"]
    (page,) = lines(body)
    assert page["type"] == "dimension_record"
    assert {row["record"]["id"] for row in page["rows"]} == {1, 2, 3, 4}


def test_answer_without_rows_is_empty(server: ButleryServer) -> None:
    for limit in (0, None):
        asked = _asked({**_RECORDS, "limit": limit}, [_compared({**_ONE, "value": 99})])
        status, _, body = post(server, "execute", asked)
        assert (status, body) == (200, b"")


def test_pages_have_2000_rows_and_no_other_line_ends(server: ButleryServer) -> None:
    spec = {"result_type": "data_coordinate", "dimensions": ["tract"]}
    asked = _asked(spec, inputs=INPUTS, dimensions=["tract"])
    status, _, body = post(server, "execute", asked)
    assert status == 200
    assert "\u2028" not in body.decode()
    pages = [json.loads(line) for line in body.decode().splitlines()]
    assert [len(page["rows"]) for page in pages] == [2000, 500]
    assert pages[0]["rows"][0]["dataId"]["skymap"] == "a\u2028b"


def test_answer_with_too_many_rows_is_for_a_worker(server: ButleryServer) -> None:
    spec = {"result_type": "data_coordinate", "dimensions": ["tract", "detector"]}
    asked = _asked(spec, dimensions=["tract", "detector"])
    assert post(server, "execute", asked)[0] == 501
    limited = _asked({**spec, "limit": 3000}, dimensions=["tract", "detector"])
    assert post(server, "execute", limited)[0] == 200
    counted = {**asked, "exact": True, "discard": False}
    assert json.loads(post(server, "count", counted)[2]) == {"count": 4 * _TRACTS}


def test_values_without_rows(server: ButleryServer) -> None:
    query = _asked()["query"]
    rest = {"execute": False, "exact": False}
    assert json.loads(post(server, "any", {"query": query, **rest})[2]) == {
        "found_rows": True
    }
    instrument = {"expression_type": "dimension_key", "dimension": "instrument"}
    both = [
        [_compared({"expression_type": "string", "value": name}, a=instrument)]
        for name in "AB"
    ]
    contradiction = _asked(_RECORDS, *both)["query"]
    _, headers, body = post(
        server, "explain", {"query": contradiction, "execute": False}
    )
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["messages"] == [
        "'where' expression requires both instrument='B' and instrument='A'."
    ]


_RAFT = {"expression_type": "dimension_field", "element": "detector", "field": "raft"}
_TEXT = {"expression_type": "string", "value": "A"}
_MINUS = {"expression_type": "unary", "operator": "-", "operand": _DETECTOR}
_BIAS = {"bias": {"collections": ["imported_g"], "dimensions": ["detector"]}}
_REFS = {
    "result_type": "dataset_ref",
    "dataset_type_name": "bias",
    "dimensions": ["detector"],
    "storage_class_name": "Exposure",
    "find_first": True,
}
_IS_ONE = [_compared(_ONE)]


def _bias(collection: str) -> dict[str, Any]:
    return {"bias": {"collections": [collection], "dimensions": ["detector"]}}


NOT_KNOWN: dict[str, dict[str, Any]] = {
    "large dimension": _asked(
        {"result_type": "dimension_record", "element": "visit"}, dimensions=["visit"]
    ),
    "projection": _asked(dimensions=["detector", "physical_filter"]),
    "governor that is not given": _asked(_RECORDS, _IS_ONE, inputs=INPUTS),
    "wrong type": _asked(_RECORDS, [_compared(_TEXT)]),
    "float": _asked(_RECORDS, [_compared({"expression_type": "float", "value": 1.0})]),
    "too large": _asked(_RECORDS, [_compared({**_ONE, "value": 2**63})]),
    "NUL": _asked(_RECORDS, [_compared({**_TEXT, "value": "a\0"}, a=_RAFT)]),
    "escape": _asked(_RECORDS, [_compared({**_TEXT, "value": "a\\*"}, "glob", _RAFT)]),
    "column with column": _asked(_RECORDS, [_compared(_DETECTOR)]),
    "literal with literal": _asked(_RECORDS, [_compared(_ONE, a=_ONE)]),
    "arithmetic": _asked(_RECORDS, [_compared(_ONE, a=_MINUS)]),
    "unknown dimension": _asked(dimensions=["detector", "nope"]),
    "unknown column": _asked(
        _RECORDS, [_compared(_TEXT, a={**_RAFT, "field": "nope"})]
    ),
    "unknown field of the request": _asked({**_RECORDS, "more": 1}),
    "step": _asked(
        _RECORDS,
        [{"predicate_type": "in_range", "member": _DETECTOR, "start": 1, "step": 0}],
    ),
    "range that ends before it begins": _asked(
        _RECORDS,
        [{"predicate_type": "in_range", "member": _DETECTOR, "start": 3, "stop": 1}],
    ),
    "mixed container": _asked(
        _RECORDS,
        [
            {
                "predicate_type": "in_container",
                "member": _DETECTOR,
                "container": [_ONE, _TEXT],
            }
        ],
    ),
    "many columns to sort by": _asked({**_RECORDS, "order_by": [_DETECTOR] * 21}),
    "negative limit": _asked({**_RECORDS, "limit": -1}),
    "uploads": _asked(data_coordinate_uploads={"x": ["detector"]}),
    "upload that is not used": _asked(
        inputs={**_CAM, "additional_query_inputs": [{"type": "upload"}]}
    ),
    "default that is no governor": _asked(
        inputs={**_CAM, "default_data_id": {"dataId": {"detector": 1}}}
    ),
    "joined datasets": _asked(datasets=_BIAS),
    "open data ID": _asked(_REFS, datasets=_BIAS),
    "condition": _asked(_REFS, [_compared(_ONE, "<")], datasets=_BIAS),
    "unknown collection": _asked(_REFS, _IS_ONE, datasets=_bias("nope")),
    "glob of collections": _asked(_REFS, _IS_ONE, datasets=_bias("imported_*")),
    "calibrations": _asked(_REFS, _IS_ONE, datasets=_bias("calib/main")),
    "storage class": _asked(
        {**_REFS, "storage_class_name": "ExposureF"}, _IS_ONE, datasets=_BIAS
    ),
    "field of a dataset": _asked(
        {
            "result_type": "general",
            "dimensions": ["detector"],
            "dimension_fields": {},
            "dataset_fields": {"bias": ["run"]},
            "find_first": True,
        },
        _IS_ONE,
        datasets=_BIAS,
    ),
}


@pytest.mark.parametrize("shape", NOT_KNOWN)
def test_other_shape_is_for_a_worker(server: ButleryServer, shape: str) -> None:
    status, _, body = post(server, "execute", NOT_KNOWN[shape])
    assert status == 501, body


def test_predicate_of_nothing_is_false(server: ButleryServer) -> None:
    assert post(server, "execute", _asked(_RECORDS, []))[::2] == (200, b"")


@pytest.mark.parametrize(
    "asked",
    [
        _asked(_RECORDS, _IS_ONE),
        _asked(_RECORDS, _IS_ONE, dimensions=["detector", "instrument", "detector"]),
        _asked(_REFS, _IS_ONE, datasets=_BIAS),
    ],
)
def test_what_these_are_variants_of_is_answered(
    server: ButleryServer, asked: dict[str, Any]
) -> None:
    status, _, body = post(server, "execute", asked)
    assert status == 200
    assert len(lines(body)[0]["rows"]) == 1

"""Requests about one collection and one dataset, for every route there is.

A route of the OpenAPI description that is named nowhere here fails the test: rights
are not forgotten with it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tests.queries.asking import INPUTS
from tests.server.access.kinds import HIT, RELEASE, Subject
from tests.server.access.places import OWN, STOCK

_STOCK = "/api/butler/repo/{repository}/v1"
_OWN = "/api/butlery/repo/{repository}/v1"
_FILES = "/api/butler/repo/{repository}/files/{place}/{name}"

NO_CONTENT = frozenset(
    {
        ("GET", "/"),
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/metrics"),
        ("GET", "/api/butler/repo/{repository}/butler.json"),
        ("GET", "/api/butler/repo/{repository}/butler.yaml"),
    }
)
"""Routes that say nothing of what is in a repository."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Build = Callable[[Subject], Iterator[Asked]]
Route = tuple[str, str]


def _search(subject: Subject, *more: str) -> dict[str, Any]:
    return {
        "dataset_type": "bias",
        "data_id": subject.data_id,
        "collections": [subject.name, *more],
    }


def _find(route: str) -> Build:
    def build(subject: Subject) -> Iterator[Asked]:
        found = {**_search(subject), "timespan": None}
        yield Asked(f"{STOCK}/{route}", found)
        yield Asked(f"{STOCK}/{route}", {**found, "dimension_records": True})
        yield Asked(f"{STOCK}/{route}", {**found, **_search(subject, RELEASE)})
        glob = [subject.name[:-1] + "*"]
        yield Asked(f"{STOCK}/{route}", {**found, "collections": glob})

    return build


def _by_name(route: str, *options: str) -> Build:
    def build(subject: Subject) -> Iterator[Asked]:
        for option in ("", *options):
            query = urlencode({"name": subject.name})
            yield Asked(f"{STOCK}/{route}?{query}{option}")

    return build


def _by_id(route: str, *options: str) -> Build:
    def build(subject: Subject) -> Iterator[Asked]:
        for option in ("", *options):
            yield Asked(f"{STOCK}/{route.format(subject.id)}{option}")

    return build


def _by_ids(route: str) -> Build:
    def build(subject: Subject) -> Iterator[Asked]:
        yield Asked(f"{STOCK}/{route}", {"dataset_ids": [str(subject.id)]})

    return build


def _listing(route: str, key: str, more: Mapping[str, object]) -> Build:
    def build(subject: Subject) -> Iterator[Asked]:
        folder = subject.name.rpartition("/")[0]
        for terms in ([subject.name], [subject.name[:-1] + "*"], [f"{folder}/*"]):
            for flat in (False, True):
                body = {
                    key: terms,
                    "collection_types": [1, 2, 3, 4],
                    "flatten_chains": flat,
                    "include_chains": not flat,
                    **more,
                }
                yield Asked(f"{STOCK}/{route}", body)

    return build


_EVERYTHING = {
    "include_parents": True,
    "include_summary": True,
    "include_doc": True,
    "summary_datasets": None,
}


def _find_datasets(subject: Subject) -> Iterator[Asked]:
    yield Asked(f"{OWN}/find_datasets", {"items": [_search(subject)]})


def _find_few(subject: Subject) -> Iterator[Asked]:
    query = {
        "dataset_type": "bias",
        "collections": subject.name,
        "data_id": json.dumps(subject.data_id),
    }
    yield Asked(f"{OWN}/find_datasets?{urlencode(query)}")
    known = {"if-none-match": '"0123456789abcdef01234567"'}
    yield Asked(f"{OWN}/find_datasets?{urlencode(query)}", headers=known)


def _get_files(subject: Subject) -> Iterator[Asked]:
    items = [{"id": str(subject.id)}, _search(subject)]
    yield Asked(f"{OWN}/get_files", {"items": items})


def _get_few(subject: Subject) -> Iterator[Asked]:
    yield Asked(f"{OWN}/get_files?id={subject.id}")


def _signed_file(subject: Subject) -> Iterator[Asked]:
    """Ask without what `get_file` signs: that alone is the right to a file."""
    path = f"{STOCK.removesuffix('v1')}files/0/{quote(subject.path)}"
    yield Asked(path)
    for user in ("", "User=alice&"):
        yield Asked(f"{path}?{user}Signature=AAAA&Expires=99999999999")


def _same(path: str, body: Any = None) -> Build:
    """Ask what has nothing to do with collections."""

    def build(subject: Subject) -> Iterator[Asked]:
        if subject.detector == HIT:
            yield Asked(path, body)

    return build


_JOB_FILES = "/api/butlery/repo/{repository}/files/jobs/{job_id}/{name}"
_JOBS = f"{OWN}/query/jobs"
_NO_JOB = "0" * 40
_JOB_FILE = f"{OWN.removesuffix('v1')}files/jobs/{_NO_JOB}/part-00001.jsonl"


def _submit_job(subject: Subject) -> Iterator[Asked]:
    asked = {"collections": [subject.name]}
    yield Asked(_JOBS, {"kind": "all_datasets", "request": asked})


_BIAS = ["instrument", "detector"]
_ROWS: Mapping[str, Mapping[str, Any]] = {
    "dataset_ref": {
        "dataset_type_name": "bias",
        "dimensions": _BIAS,
        "storage_class_name": "StructuredDataDict",
    },
    "general": {
        "dimensions": _BIAS,
        "dimension_fields": {},
        "dataset_fields": {"bias": ["dataset_id", "run", "collection"]},
    },
    "data_coordinate": {"dimensions": _BIAS},
}
_ORDER = [{"expression_type": "dimension_key", "dimension": "detector"}]
_QUERIES: Mapping[str, Mapping[str, Any]] = {
    "execute": {},
    "count": {"exact": True, "discard": True},
    "any": {"exact": True, "execute": True},
    "explain": {"execute": False},
}


def _query(kind: str) -> Build:
    """Ask for all that is in a collection; what nobody has is left to twins."""

    def build(subject: Subject) -> Iterator[Asked]:
        search = {"collections": [subject.name], "dimensions": _BIAS}
        tree = {"dimensions": _BIAS, "datasets": {"bias": search}}
        inputs = {"tree": tree, **INPUTS}
        for rows in _ROWS if subject.detector == HIT else ():
            spec = {"result_type": rows, "find_first": False, **_ROWS[rows]}
            if rows == "data_coordinate":
                del spec["find_first"]
            if kind == "execute":
                spec["order_by"] = _ORDER
            wanted = {"result_spec": spec} if kind in {"execute", "count"} else {}
            # Of these there is one form.
            if kind == "execute" or rows == "dataset_ref":
                body = {"query": inputs, **wanted, **_QUERIES[kind]}
                yield Asked(f"{STOCK}/query/{kind}", body)

    return build


def _query_all(subject: Subject) -> Iterator[Asked]:
    wanted: dict[str, Any] = {"name": ["bias"], "find_first": False, "data_id": {}}
    wanted |= {"where": "", "bind": {}, "limit": None}
    for name in (subject.name, subject.name[:-1] + "*") * (subject.detector == HIT):
        body = {"collections": [name], **wanted, "with_dimension_records": False}
        yield Asked(f"{STOCK}/query/all_datasets", body)


BUILDERS: Mapping[Route, Build] = {
    ("GET", f"{_STOCK}/universe"): _same(f"{STOCK}/universe"),
    ("POST", f"{_STOCK}/expand_data_id"): lambda s: iter(
        [Asked(f"{STOCK}/expand_data_id", {"data_id": s.data_id})]
    ),
    ("GET", f"{_STOCK}/dataset_type/{{name}}"): _same(f"{STOCK}/dataset_type/bias"),
    ("POST", f"{_STOCK}/query_dataset_types"): _same(
        f"{STOCK}/query_dataset_types", {"search": ["*"]}
    ),
    ("GET", f"{_STOCK}/dataset/{{id}}"): _by_id(
        "dataset/{}", "?dimension_records=true"
    ),
    ("POST", f"{_STOCK}/datasets"): _by_ids("datasets"),
    ("POST", f"{_STOCK}/find_dataset"): _find("find_dataset"),
    ("POST", f"{_STOCK}/get_file_by_data_id"): _find("get_file_by_data_id"),
    ("GET", f"{_STOCK}/get_file/{{dataset_id}}"): _by_id("get_file/{}"),
    ("GET", f"{_STOCK}/dataset/{{dataset_id}}/download"): _by_id(
        "dataset/{}/download", "?component=x"
    ),
    ("POST", f"{_STOCK}/file_transfer"): _by_ids("file_transfer"),
    ("POST", f"{_STOCK}/query_collection_info"): _listing(
        "query_collection_info", "expression", _EVERYTHING
    ),
    ("POST", f"{_STOCK}/query_collections"): _listing(
        "query_collections", "search", {}
    ),
    ("GET", f"{_STOCK}/collection_summary"): _by_name("collection_summary"),
    ("GET", f"{_STOCK}/collection_info"): _by_name(
        "collection_info", "&include_doc=1&include_parents=1"
    ),
    **{("POST", f"{_STOCK}/query/{kind}"): _query(kind) for kind in _QUERIES},
    ("POST", f"{_STOCK}/query/all_datasets"): _query_all,
    ("GET", f"{_OWN}/find_datasets"): _find_few,
    ("POST", f"{_OWN}/find_datasets"): _find_datasets,
    ("GET", f"{_OWN}/get_files"): _get_few,
    ("POST", f"{_OWN}/get_files"): _get_files,
    ("GET", _FILES): _signed_file,
    ("HEAD", _FILES): _signed_file,
    ("POST", f"{_OWN}/query/jobs"): _submit_job,
    ("GET", f"{_OWN}/query/jobs"): _same(_JOBS),
    ("GET", f"{_OWN}/query/jobs/{{job_id}}"): _same(f"{_JOBS}/{_NO_JOB}"),
    ("DELETE", f"{_OWN}/query/jobs/{{job_id}}"): _same(f"{_JOBS}/{_NO_JOB}"),
    ("POST", f"{_OWN}/query/jobs/{{job_id}}/phase"): _same(
        f"{_JOBS}/{_NO_JOB}/phase", {"phase": "ABORT"}
    ),
    ("GET", _JOB_FILES): _same(_JOB_FILE),
    ("HEAD", _JOB_FILES): _same(_JOB_FILE),
}

_OF_NAMES = (
    *("find_dataset", "get_file_by", "collection", "get_files", "find_datasets"),
    "/butler/repo/{repository}/v1/query/",
)
_OF_IDS = ("/dataset/", "/datasets", "/get_file/", "/file_transfer", "/get_files")


def tells_of_names(route: Route) -> bool:
    """Tell whether what is seen and what is not are answered otherwise, by name."""
    return any(part in route[1] for part in _OF_NAMES)


def tells_of_ids(route: Route) -> bool:
    """Tell the same of a dataset's UUID."""
    return any(part in route[1] for part in _OF_IDS) and "find" not in route[1]

"""Where files are: artifacts, redirects to them, and transfer records."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from lsst.daf.butler import Butler

from tests.contract.examples import BIAS
from tests.contract.shapes import ARTIFACT, DATASET_REF, FILE, misfits
from tests.contract.wire import Answer, Wire
from tests.support.repositories import RepositoryShelf


@pytest.fixture
def ids(repositories: RepositoryShelf) -> dict[str, str]:
    """UUIDs of a dataset as one file, one in parts, one in a zip, one outside."""
    places = {
        "whole": ("metric", "files/run"),
        "apart": ("metric_apart", "files/run"),
        "zipped": ("note_json", "files/zipped"),
        "outside": ("note_json", "files/direct"),
    }
    with Butler.from_config(str(repositories.get("base"))) as butler:
        return {
            name: str(butler.query_datasets(*place)[0].id)
            for name, place in places.items()
        }


def test_artifact_describes_one_file(wire: Wire, ids: dict[str, str]) -> None:
    content = _get_file(wire, ids["whole"])
    (file,) = content["artifact"]["file_info"]
    record = file["datastoreRecords"]
    assert file["auth"] == "none"
    assert record["component"] is None
    assert record["formatter"] == "lsst.daf.butler.formatters.json.JsonFormatter"
    assert record["storage_class"] == "MetricWhole"
    assert not record["path"].startswith("/")
    assert len(_follow(wire, file["url"]).body) == record["file_size"]


def test_artifact_in_parts_has_a_file_per_component(
    wire: Wire, ids: dict[str, str]
) -> None:
    content = _get_file(wire, ids["apart"])
    assert content["dataset_ref"]["datasetType"]["name"] == "metric_apart"
    records = [f["datastoreRecords"] for f in content["artifact"]["file_info"]]
    components = {record["component"]: record["storage_class"] for record in records}
    assert components == {
        "data": "StructuredDataList",
        "output": "StructuredDataDict",
        "summary": "StructuredDataDict",
    }


def test_member_of_a_zip_keeps_its_fragment(wire: Wire, ids: dict[str, str]) -> None:
    (file,) = _get_file(wire, ids["zipped"])["artifact"]["file_info"]
    path, _, fragment = file["datastoreRecords"]["path"].partition("#")
    assert path.endswith(".zip")
    assert fragment.startswith("zip-path=")
    url = urlsplit(file["url"])
    assert url.fragment == fragment
    assert url.path.endswith(".zip"), "the client tells a zip by its extension"
    assert _follow(wire, file["url"]).body.startswith(b"PK")


def test_path_of_a_file_outside_is_relative(wire: Wire, ids: dict[str, str]) -> None:
    (file,) = _get_file(wire, ids["outside"])["artifact"]["file_info"]
    assert not file["datastoreRecords"]["path"].startswith("/")
    assert _follow(wire, file["url"]).json() == {"kept": "outside"}


def test_dataset_without_a_file_has_no_artifact(wire: Wire) -> None:
    content = wire.get(f"get_file/{BIAS}").json()
    assert content["artifact"] is None
    assert misfits(DATASET_REF, content["dataset_ref"]) == []


def test_file_urls_need_no_credentials_and_answer_head_or_range(
    wire: Wire, ids: dict[str, str]
) -> None:
    """The client probes with HEAD, or, if it knows the signature, with a range."""
    (file,) = _get_file(wire, ids["whole"])["artifact"]["file_info"]
    url = urlsplit(file["url"])
    target = f"{url.path}?{url.query}" if url.query else url.path
    if "Signature=" in url.query and "Expires=" in url.query:
        probe = wire.send("GET", target, None, {"Range": "bytes=0-0"})
        assert probe.status in {200, 206}
    else:
        assert wire.send("HEAD", target).status == 200


def test_altered_file_urls_are_refused(wire: Wire, ids: dict[str, str]) -> None:
    (file,) = _get_file(wire, ids["whole"])["artifact"]["file_info"]
    url = urlsplit(file["url"])
    for path in (
        url.path.replace("metric", "note_yaml"),
        url.path + "/../../gen3.sqlite3",
        url.path.rpartition("/")[0] + "/%2e%2e/%2e%2e/butler.yaml",
    ):
        answer = wire.send("GET", f"{path}?{url.query}" if url.query else path)
        assert answer.status in {400, 403, 404, 422}, (path, answer)


def test_download_redirects_to_the_file(wire: Wire, ids: dict[str, str]) -> None:
    (file,) = _get_file(wire, ids["whole"])["artifact"]["file_info"]
    answer = wire.get(f"dataset/{ids['whole']}/download")
    assert answer.status == 307
    assert answer.body == b""
    body = _follow(wire, answer.headers["location"]).body
    assert body == _follow(wire, file["url"]).body
    part = wire.get(f"dataset/{ids['apart']}/download?component=summary")
    assert part.status == 307
    assert _follow(wire, part.headers["location"]).body


def test_download_that_leads_nowhere_says_why(wire: Wire, ids: dict[str, str]) -> None:
    unknown, apart, whole = uuid4(), ids["apart"], ids["whole"]
    here = "in repository 'small'"
    found = "['data', 'output', 'summary']"
    which = "Specify the 'component' query parameter to select one of the following:"
    unknown_detail = f"Dataset id '{unknown}' not found {here}"
    absent_detail = f"No files are available for dataset id '{BIAS}' {here}"
    several_detail = f"Dataset '{apart}' {here} consists of multiple files.  {which}"
    no_part = "Component 'zzz' for dataset"
    apart_detail = f"{no_part} '{apart}' {here} not found.  Available components:"
    whole_detail = f"{no_part} '{whole}' {here} not found.  Available components:"
    cases = {
        f"{unknown}/download": (404, unknown_detail),
        f"{BIAS}/download": (404, absent_detail),
        f"{apart}/download": (422, f"{several_detail} {found}"),
        f"{apart}/download?component=zzz": (404, f"{apart_detail} {found}"),
        f"{whole}/download?component=zzz": (404, f"{whole_detail} [None]"),
    }
    for path, (status, detail) in cases.items():
        answer = wire.get(f"dataset/{path}")
        assert answer.status == status, path
        # The order of components is that of the records, which have none.
        assert sorted(answer.detail()) == sorted(detail)


def test_transfer_records_point_to_this_server(wire: Wire, ids: dict[str, str]) -> None:
    wanted = [ids["whole"], ids["apart"], BIAS, str(uuid4())]
    content = wire.post("file_transfer", {"dataset_ids": wanted}).json()
    assert set(content["files"]) == {ids["whole"], ids["apart"]}
    (record,) = content["files"][ids["whole"]]
    assert misfits({"url": str, "auth": str, "file_info": FILE}, record) == []
    assert record["auth"] == "gafaelfawr"
    assert record["url"].startswith("http://127.0.0.1:")
    path = f"{wire.root}/v1/dataset/{ids['whole']}/download"
    assert urlsplit(record["url"]).path == path
    queries = {
        record["file_info"]["component"]: urlsplit(record["url"]).query
        for record in content["files"][ids["apart"]]
    }
    assert queries == {name: f"component={name}" for name in queries}
    assert set(queries) == {"data", "output", "summary"}


def test_transfer_urls_use_the_host_that_was_asked(
    wire: Wire, ids: dict[str, str]
) -> None:
    body = f'{{"dataset_ids":["{ids["whole"]}"]}}'.encode()
    headers = {"Content-Type": "application/json", "Host": "butler.example"}
    answer = wire.send("POST", f"{wire.root}/v1/file_transfer", body, headers)
    (record,) = answer.json()["files"][ids["whole"]]
    assert record["url"].startswith("http://butler.example/")


def _get_file(wire: Wire, uuid: str) -> Any:
    content = wire.get(f"get_file/{uuid}").json()
    assert misfits({"dataset_ref": DATASET_REF, "artifact": ARTIFACT}, content) == []
    assert content["artifact"]["datastore_type"] == "file"
    return content


def _follow(wire: Wire, location: str) -> Answer:
    """Fetch a file without credentials."""
    url = urlsplit(location)
    assert url.scheme in {"http", "https"}
    answer = wire.send("GET", f"{url.path}?{url.query}" if url.query else url.path)
    assert answer.status == 200
    return answer

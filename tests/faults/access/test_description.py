"""Whatever fits the OpenAPI description, or does not, is answered: no 500, no gossip.

schemathesis makes requests for every operation, right and wrong ones, and they are sent
with a valid token, with a wrong one, and with none. What is refused is refused in JSON,
and says nothing of statements, tables, hosts, buckets or folders but what the client
has said itself.
"""

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.faults.access.stage.serving import configure, make_tokens, serving
from tests.faults.conftest import Report
from tests.registry.opening import OwnRepository
from tests.server.conftest import INSERT, quoted, unstored
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_EXAMPLES = 6
_SOAKED_SECONDS = 300.0
_FIRST_ERROR = 400
_ALLOWED_DEFECTS = {501, 503}
_BUCKET, _FOLDER = "bucket-of-nobody-else", "folder-of-nobody-else"
_GOSSIP = re.compile(
    r"\b(?:SELECT|INSERT INTO|FROM \w+ WHERE|PRAGMA)\b|sqlite|psycopg|sqlalchemy|aiosql"
    r"|Traceback|\.py\b|gen3|\bline \d+, in\b"
)
_TEXT = {"type": "string"}
# What routes read by themselves, and the framework does not describe.
_UNDESCRIBED = {
    "collection_info": ("name", "include_doc", "include_parents"),
    "collection_summary": ("name",),
    "dataset/{id}": ("dimension_records",),
    "dataset/{dataset_id}/download": ("component",),
    "files/{place}/{name}": ("User", "Expires", "Signature"),
    "files/jobs/{job_id}/{name}": ("User", "Expires", "Signature"),
}


@dataclass
class Stage:
    """A server, tokens for it, and what no error may say."""

    server: ButleryServer
    headers: dict[str, dict[str, str]]
    schema: Any
    words: set[str]
    statuses: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def stage(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    own = OwnRepository(repositories.copy("base"), None, "")
    ids = unstored(own.root)[:3]
    places = (f"s3://{_BUCKET}/x.json", f"file:///{_FOLDER}/x.json", "x.json")
    for id_, path in zip(ids, places, strict=True):
        own.execute(INSERT.format(id=id_.replace("-", ""), path=quoted(path)))
    folder = tmp_path_factory.mktemp("description")
    config = configure(own.root, folder, top='[jobs]\nfolder = "jobs"')
    tokens = make_tokens(config, {"alice": ()})
    bearer = {"authorization": f"Bearer {tokens['alice'][0]}"}
    wrong = {"authorization": "Bearer butlery-wrong"}
    with serving(config) as server:
        document = requests.get(f"{server.url}/schema/openapi.json", timeout=30).json()
        yield Stage(
            server,
            {"right": bearer, "wrong": wrong, "none": {}},
            schemathesis.openapi.from_dict(_made_useful(document, ids)),
            {_BUCKET, _FOLDER, socket.gethostname(), str(own.root)} | _tables(own),
        )


def _tables(own: OwnRepository) -> set[str]:
    """Return the names of tables that are no terms of the field."""
    rows = own.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    terms = {"physical_filter", "day_obs", "visit_system", "visit_definition"}
    terms |= {"visit_detector_region", "visit_system_membership", "dataset_type"}
    return {name for (name,) in rows if "_" in name} - terms


def _made_useful(document: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """Return the description with names and UUIDs that there are, beside any others."""
    known = {
        "repository": ["repo"] * 5 + ["nowhere"],
        "id": ids,
        "dataset_id": ids,
        "name": ["imported_g", "bias", "x.json", "flat"],
        "place": ["0", "1", "outside"],
    }
    for path, operations in document["paths"].items():
        for operation in operations.values():
            parameters = operation.setdefault("parameters", [])
            for end, names in _UNDESCRIBED.items():
                if path.endswith(end):
                    parameters += [
                        {"name": n, "in": "query", "required": False, "schema": _TEXT}
                        for n in names
                    ]
            for parameter in parameters:
                values = known.get(parameter["name"])
                if values == known["repository"]:
                    parameter["schema"] = {"type": "string", "enum": ["repo"]}
                elif values is not None:
                    enum = {"type": "string", "enum": values}
                    parameter["schema"] = {"anyOf": [enum, parameter["schema"]]}
    return document


def test_every_request_is_answered_without_a_defect(
    stage: Stage, report: Report, *, soak: bool
) -> None:
    operations = [each.ok() for each in stage.schema.get_all_operations()]
    assert len(operations) > 25
    deadline = time.monotonic() + (_SOAKED_SECONDS if soak else 0)
    while True:
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _ask_much(stage, operation, mode, 50 if soak else _EXAMPLES)
        if time.monotonic() > deadline:
            break
    report(
        f"{stage.statuses.total()} requests for {len(operations)} operations,"
        f" {dict(sorted(stage.statuses.items()))}, {dict(stage.kinds)}"
    )
    assert stage.statuses[200] > stage.statuses.total() // 10
    assert "internal-error" not in stage.server.log_text()


def _ask_much(stage: Stage, operation: Any, mode: GenerationMode, number: int) -> None:
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # noqa: BLE001 - it says so in a way of its own
        pytest.fail(f"{operation.label}: {error}")

    @settings(
        max_examples=number,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, kind=st.sampled_from(["right", "right", "wrong", "none"]))
    def ask(case: Any, kind: str) -> None:
        _ask(stage, case, kind)
        stage.kinds[mode.value] += 1

    try:
        ask()
    except BaseException as error:
        # Of an operation without parameters nothing can be wrong.
        if type(error).__name__ not in {"Unsatisfiable", "SkipTest"}:
            raise


def _ask(stage: Stage, case: Any, kind: str) -> None:
    answer = case.call(
        base_url=stage.server.url, headers=stage.headers[kind], allow_redirects=False
    )
    stage.statuses[answer.status_code] += 1
    request = answer.request
    asked = f"{request.method} {request.url} {request.headers} {request.body!r}"
    told = answer.content.decode("utf-8", "replace")
    assert answer.status_code < 500 or answer.status_code in _ALLOWED_DEFECTS, asked
    if answer.status_code < _FIRST_ERROR or request.method == "HEAD":
        return
    (media_type,) = answer.headers["content-type"]
    assert media_type == "application/json", (asked, told)
    error = answer.json()
    assert set(error) <= {"detail", "error_type"}, asked
    assert isinstance(error["detail"], str), asked
    said = asked + unquote_plus(asked)
    gossip = {found[0] for found in _GOSSIP.finditer(error["detail"])}
    gossip |= {word for word in stage.words if word in error["detail"]}
    assert not {word for word in gossip if word not in said}, (asked, told)


def test_every_body_is_described(stage: Stage) -> None:
    for operation in (each.ok() for each in stage.schema.get_all_operations()):
        if operation.method == "post" and "/query/" not in operation.path:
            assert operation.definition.raw["requestBody"]["required"], operation.label


def test_check_would_notice(stage: Stage) -> None:
    """The control: what is looked for is found where it stands."""
    assert _GOSSIP.search("no such table: x [SQL: SELECT 1]")
    assert _GOSSIP.search("sqlite3.OperationalError")
    assert str(Path("file_datastore_records")) in stage.words

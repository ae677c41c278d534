"""An answer says how it was come by; the metrics and the log say it of all."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.server.conftest import Stored
from tests.server.test_run import workers_of
from tests.server.web import Answer, Web
from tests.support.postgres_process import wait_until
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

ROOT = "/api/butler/repo/repo/v1"
FIND = {
    "dataset_type": "note_yaml",
    "data_id": {"instrument": "Cam1", "detector": 2},
    "collections": ["files/run"],
    "timespan": None,
    "dimension_records": False,
}


def find(web: Web, **headers: str) -> Answer:
    return web.post(f"{ROOT}/find_dataset", FIND, **headers)


def how(answer: Answer) -> str:
    """Return what the answer says of the cache."""
    return answer.headers["cache-status"].removeprefix("butlery; ")


def sample(web: Web, name: str, **labels: str) -> float:
    """Return one figure of the metrics."""
    families = text_string_to_metric_families(web.get("/metrics").body.decode())
    found = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    return sum(found)


def test_answer_says_from_where_it_came(web: Web) -> None:
    unknown = "00000000-0000-0000-0000-0000000000aa"
    first, second = (web.get(f"{ROOT}/dataset/{unknown}") for _ in range(2))
    assert [how(first), how(second)] == ["fwd=miss; stored", "hit; detail=entry"]
    assert how(web.get(f"{ROOT}/universe")) == "hit; detail=snapshot"


def test_refusal_says_it_too(web: Web) -> None:
    asked = {**FIND, "dataset_type": "nothing"}
    answer = web.post(f"{ROOT}/find_dataset", asked)
    assert answer.status == 422
    assert how(answer) == "hit; detail=snapshot"


def test_answer_names_version_state_and_revision(web: Web) -> None:
    headers = find(web).headers
    assert int(headers["butlery-version"]) >= 1
    assert headers["butlery-state"] == "polled"
    assert re.fullmatch(r"[^/]+/[^/]+/.+", headers["butlery-revision"])


@pytest.mark.parametrize("target", ["/", "/nowhere", "/api/butler/repo/no/v1/universe"])
def test_what_looks_nothing_up_says_nothing(web: Web, target: str) -> None:
    headers = web.get(target).headers
    said = ("butlery", "cache-status")
    assert not [name for name in headers if name.startswith(said)]


def test_client_may_demand_what_it_has_seen(web: Web) -> None:
    seen = find(web).headers["butlery-revision"]
    assert find(web, butlery_at_least=seen).status == 200


@pytest.mark.parametrize(
    ("token", "status"), [("nonsense", 422), ("other/epoch/1", 412)]
)
def test_demand_that_means_nothing_here_is_refused(
    web: Web, token: str, status: int
) -> None:
    answer = find(web, butlery_at_least=token)
    assert answer.status == status
    assert "Butlery-At-Least" in answer.detail


def test_metrics_count_requests_by_route_and_status(web: Web) -> None:
    route = {"route": f"{ROOT.replace('repo/repo', 'repo/{repository}')}/find_dataset"}
    before = sample(web, "butlery_request_seconds_count", **route, status="200")
    find(web)
    find(web)
    after = sample(web, "butlery_request_seconds_count", **route, status="200")
    assert after == before + 2


def test_no_client_makes_up_new_series(web: Web) -> None:
    for number in range(3):
        web.get(f"/nowhere/{number}")
    text = web.get("/metrics").body.decode()
    assert "nowhere" not in text
    assert sample(web, "butlery_request_seconds_count", route="", status="404") >= 3


def test_metrics_count_hits_by_kind_and_policy(web: Web) -> None:
    find(web)
    labels = {"repository": "repo", "kind": "find", "policy": "dynamic"}
    before = sample(web, "butlery_questions_total", **labels, outcome="hit")
    find(web)
    assert sample(web, "butlery_questions_total", **labels, outcome="hit") == before + 1


def test_every_figure_that_an_operator_needs_is_there(web: Web) -> None:
    find(web)
    families = text_string_to_metric_families(web.get("/metrics").body.decode())
    names = {family.name for family in families}
    assert names >= {
        "butlery_answers",
        "butlery_database_connections",
        "butlery_database_reads",
        "butlery_follower_lag_seconds",
        "butlery_follower_state",
        "butlery_generation_drops",
        "butlery_kept_answers",
        "butlery_kept_bytes",
        "butlery_questions",
        "butlery_request_seconds",
        "butlery_snapshot_age_seconds",
        "butlery_snapshot_build_seconds",
        "butlery_snapshot_version",
        "butlery_sql_statements",
        "process_resident_memory_bytes",
    }


@pytest.mark.parametrize(("target", "status"), [("live", "alive"), ("ready", "ready")])
def test_health_is_one_word(web: Web, target: str, status: str) -> None:
    answer = web.get(f"/health/{target}")
    assert (answer.status, answer.json) == (200, {"status": status})
    assert answer.headers["cache-control"] == "no-store"


def test_ready_means_warm(repositories: RepositoryShelf, tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    uri = repositories.get("base")
    config.write_text(f'[repositories.repo]\nuri = "{uri}"\nwarm = ["runs/*"]\n')
    server = ButleryServer.start(config)
    try:
        with closing(Web(server)) as web:
            wait_until("readiness", lambda: web.get("/health/ready").status == 200)
            asked = {**FIND, "dataset_type": "bias", "collections": ["runs/first"]}
            assert how(web.post(f"{ROOT}/find_dataset", asked)) == "hit; detail=entry"
    finally:
        server.stop()


def test_what_cannot_be_warmed_is_told_and_hinders_nobody(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    uri = repositories.get("base")
    config.write_text(f'[repositories.repo]\nuri = "{uri}"\nwarm = ["rums/*"]\n')
    server = ButleryServer.start(config)
    try:
        with closing(Web(server)) as web:
            wait_until("readiness", lambda: web.get("/health/ready").status == 200)
    finally:
        server.stop()
    assert "warm-start-failed" in server.log_text()


def log_of(web: Web, event: str) -> list[dict[str, Any]]:
    # The last line may be half written yet; `str.splitlines` knows other line ends,
    # which stand in what clients have sent.
    *lines, _ = web.server.log_text().split("\n")
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [entry for entry in found if entry["event"] == event]


def test_file_access_is_logged_as_the_stock_server_does(
    web: Web, stored: Stored
) -> None:
    before = len(log_of(web, "file-access"))
    id_ = stored.ids["plain.bin"]
    web.get(f"{ROOT}/get_file/{id_}", x_auth_request_user="somebody")
    web.get(f"{ROOT}/dataset/{id_}/download", x_auth_request_service="portal")
    web.post(f"{ROOT}/get_file_by_data_id", FIND)
    wait_until("the log", lambda: len(log_of(web, "file-access")) == before + 3)
    first, second, third = log_of(web, "file-access")[before:]
    assert first["butler_repo"] == "repo"
    assert first["requester"] == {"username": "somebody", "service": None}
    assert first["dataset"]["uuid"] == id_
    assert set(first["dataset"]) == {"uuid", "type", "data_id"}
    assert first["file_access_endpoint"] == "uuid"
    assert second["requester"] == {"username": None, "service": "portal"}
    assert second["file_access_endpoint"] == "uuid-redirect"
    assert third["file_access_endpoint"] == "data-id"
    assert third["dataset"]["data_id"] == {"instrument": "Cam1", "detector": 2}


def test_each_scrape_has_what_all_workers_count(repositories: RepositoryShelf) -> None:
    root = repositories.copy("base")
    server = ButleryServer.start(root, arguments=["--workers", "2"])
    try:
        wait_until("both workers", lambda: len(workers_of(server)) == 2)
        for _ in range(20):
            with closing(Web(server)) as web:
                assert find(web).status == 200
        with closing(Web(server)) as web:
            asked = sample(web, "butlery_questions_total", kind="find")
    finally:
        server.stop()
    assert asked == 20

"""Jobs over HTTP: one server with users, its query workers, a database with locks."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lsst.daf.butler import Butler

from butlery import client
from butlery.server.access import TokenFile
from tests.queries.asking import lines, locked, query, rows, wait_for_waiting
from tests.queries.job_users import (
    ASYNC,
    JOBS,
    NO_JOB,
    NOTHING,
    PATIENT,
    User,
    everything,
    many,
    streamed,
)
from tests.queries.serving import serve
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until
from tests.support.redis_server import RedisServer
from tests.support.repositories import make_repository
from tests.support.servers import ButleryServer

PARTS_OF = 15
HIDDEN = "u/alice/run"
CLIENTS = Path(__file__).parents[2] / "docs/clients.md"


@pytest.fixture(scope="module")
def root(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jobs")
    root = make_repository(folder / "repository", "base", postgres=postgres)
    with Butler.from_config(str(root), writeable=True) as butler:
        butler.collections.register(HIDDEN)
    return root


@pytest.fixture(scope="module")
def database(root: Path) -> str:
    with Butler.from_config(str(root)) as butler:
        return str(butler._registry._db._engine.url.database)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    file = TokenFile(tmp_path_factory.mktemp("tokens") / "tokens.json")
    names = {"alice": "g_all", "bobby": "g_all", "carol": "g_all", "devon": "g_few"}
    secrets = {n: file.create(n, [group], None)[0] for n, group in names.items()}
    return file.path, secrets


def settings(tokens: Path, more: str = "") -> str:
    return (
        f'[access]\nkind = "tokens"\ntokens_file = "{tokens}"\n'
        f"[jobs]\nrows_per_part = {PARTS_OF}\nmax_per_user = 30\nlost_seconds = 2\n"
        f"{more}\n"
        '[repositories.repo.access]\nadmin_groups = ["g_all"]\n'
    )


@pytest.fixture(scope="module")
def jobs_settings(
    tokens: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> str:
    return settings(tokens[0], f'folder = "{tmp_path_factory.mktemp("results")}"')


@pytest.fixture(scope="module")
def server(
    root: Path,
    tokens: tuple[Path, dict[str, str]],
    jobs_settings: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ButleryServer]:
    folder = tmp_path_factory.mktemp("server")
    queries = "workers = 3\nworkers_per_user = 3"
    server = serve(folder, {"repo": root}, queries, jobs_settings)
    # The nursery imports all that it needs.
    User(server, tokens[1]["carol"]).submit(query("detector"), PATIENT)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def alice(server: ButleryServer, tokens: tuple[Path, dict[str, str]]) -> User:
    return User(server, tokens[1]["alice"])


@pytest.fixture(scope="module")
def bobby(server: ButleryServer, tokens: tuple[Path, dict[str, str]]) -> User:
    return User(server, tokens[1]["bobby"])


def test_short_query_is_answered_at_once(alice: User) -> None:
    started = time.monotonic()
    answer = alice.submit(query("detector"), NOTHING)
    assert time.monotonic() - started < 1
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/jsonlines"
    assert lines(answer.body) == streamed(alice, query("detector"))
    assert alice.ask("GET", answer.job).json["phase"] == "COMPLETED"
    # It is soon gone by itself, and does not count as one of the user's.
    listed = alice.ask("GET", JOBS).json["jobs"]
    assert answer.job not in {f"{JOBS}/{job['id']}" for job in listed}
    assert alice.ask("DELETE", answer.job).status == 204
    assert alice.ask("GET", answer.job).status == 404


def test_client_that_does_not_want_to_wait_gets_a_job(alice: User) -> None:
    answer = alice.submit(query("detector"))
    assert (answer.status, answer.body) == (303, b"")
    assert answer.headers["preference-applied"] == "respond-async"
    job = alice.finish(answer.job)
    assert (job["phase"], job["rows"], job["error"]) == ("COMPLETED", 4, None)
    assert job["created"] <= job["started"] <= job["ended"] < job["expires"]
    (part,) = job["parts"]
    assert lines(alice.read(part)) == streamed(alice, query("detector"))
    assert part["url_expires"] <= job["expires"]
    assert alice.ask("GET", JOBS).json["jobs"][0]["id"] == job["id"]
    assert alice.ask("DELETE", answer.job).status == 204
    assert alice.ask("DELETE", answer.job).status == 204
    assert alice.fetch(part["url"]).status == 404


def test_long_query_becomes_a_job_that_can_be_waited_for(
    alice: User, postgres: PostgresCluster, database: str
) -> None:
    with ThreadPoolExecutor() as pool:
        with locked(postgres, database, "visit"):
            started = time.monotonic()
            answer = alice.submit(query("visit"), NOTHING)
            assert 0.9 < time.monotonic() - started < 5
            assert answer.status == 303
            assert "preference-applied" not in answer.headers
            assert alice.ask("GET", answer.job).json["phase"] == "EXECUTING"
            waiting = pool.submit(alice.ask, "GET", f"{answer.job}?wait=-1")
            time.sleep(0.3)
            assert not waiting.done()
        told = waiting.result().json
    assert told["phase"] == "COMPLETED"
    text = b"".join(map(alice.read, told["parts"]))
    assert rows(text) == [
        row for line in streamed(alice, query("visit")) for row in line["rows"]
    ]


def test_query_that_ends_while_its_client_waits_is_answered(
    alice: User, postgres: PostgresCluster, database: str
) -> None:
    with ThreadPoolExecutor() as pool:
        with locked(postgres, database, "visit"):
            answer = pool.submit(alice.submit, query("visit"), PATIENT)
            wait_for_waiting(postgres, database, 1)
        assert answer.result().status == 200
    assert answer.result().headers["preference-applied"] == "wait=30"


@pytest.mark.parametrize("way", ["abort", "delete"])
def test_job_that_is_ended_leaves_the_database(
    alice: User, postgres: PostgresCluster, database: str, way: str
) -> None:
    with locked(postgres, database, "visit"):
        job = alice.submit(query("visit")).job
        wait_for_waiting(postgres, database, 1)
        if way == "abort":
            answer = alice.ask("POST", f"{job}/phase", {"phase": "ABORT"})
            assert (answer.status, answer.job) == (303, job)
            told = alice.ask("GET", job).json
            assert (told["phase"], told["parts"]) == ("ABORTED", None)
            assert told["ended"] is not None
            assert alice.ask("POST", f"{job}/phase", {"phase": "ABORT"}).status == 303
        else:
            assert alice.ask("DELETE", job).status == 204
            assert alice.ask("GET", job).status == 404
        wait_for_waiting(postgres, database, 0)


def test_job_sees_what_its_user_sees(
    server: ButleryServer, alice: User, tokens: tuple[Path, dict[str, str]]
) -> None:
    devon = User(server, tokens[1]["devon"])
    seen = [
        user.finish(user.submit(everything("imported_g"), kind="all_datasets").job)
        for user in (devon, alice)
    ]
    assert seen[0]["rows"] == seen[1]["rows"] > 0
    assert alice.submit(everything(HIDDEN), PATIENT, kind="all_datasets").status == 200
    answers = []
    for name in (HIDDEN, "u/alice/nun"):
        answer = devon.submit(everything(name), PATIENT, kind="all_datasets")
        answers.append((answer.status, answer.body.replace(name.encode(), b"it")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_command_of_the_page_for_clients_asks_for_a_job(alice: User) -> None:
    text = re.search(r"query/jobs.*?--json '(.*?)'", CLIENTS.read_text(), re.DOTALL)
    assert text is not None
    answer = alice.ask("POST", JOBS, json.loads(text[1]), ASYNC)
    assert answer.status == 303
    assert alice.finish(answer.job)["error"]["error_type"] == "missing_collection"


def test_large_result_comes_in_parts(alice: User) -> None:
    answer = alice.submit(many(40), PATIENT)
    assert answer.status == 303  # whatever the patience: it is more than one file
    job = alice.finish(answer.job)
    assert [part["rows"] for part in job["parts"]] == [15, 15, 10]
    assert job["rows"] == 40
    found = [
        row
        for part in job["parts"]
        for line in lines(alice.read(part))
        for row in line["rows"]
    ]
    assert found == [row for line in streamed(alice, many(40)) for row in line["rows"]]


def test_mistake_in_a_query_is_told_as_by_the_stock_route(alice: User) -> None:
    wrong = query("detector", order_by=[{"expression_type": "int", "value": 10**30}])
    answer = alice.submit(wrong, PATIENT)
    assert answer.status == 422, answer
    assert answer.json == streamed(alice, wrong)[-1]["error"]
    job = alice.finish(alice.submit(wrong).job)
    assert job["phase"] == "ERROR"
    assert job["error"]["error_type"] == answer.json["error_type"]
    assert job["error"]["detail"] == answer.json["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"kind": "count", "request": query("detector")},
        {"kind": "execute", "request": {}},
        {"kind": "execute", "request": 7},
        {"kind": "execute", "request": query("detector"), "format": "fits"},
        {"kind": "execute", "request": {"query": {}}},
    ],
)
def test_body_that_is_none_is_422(alice: User, body: Any) -> None:
    answer = alice.ask("POST", JOBS, body)
    assert answer.status == 422
    assert answer.json["detail"]


@pytest.mark.parametrize("wait", ["", "x", "1e9", "nan", "--1"])
def test_wait_that_is_no_number_is_422(alice: User, wait: str) -> None:
    assert alice.ask("GET", f"{NO_JOB}?wait={wait}").status == 422


def test_unknown_phase_is_422(alice: User) -> None:
    assert alice.ask("POST", f"{NO_JOB}/phase", {"phase": "RUN"}).status == 422


def test_somebody_elses_job_is_absent_to_the_byte(
    server: ButleryServer, alice: User, bobby: User
) -> None:
    job = alice.submit(query("detector")).job
    alice.finish(job)
    for method, rest, body in [
        ("GET", "", None),
        ("GET", "?wait=1", None),
        ("POST", "/phase", {"phase": "ABORT"}),
        ("DELETE", "", None),
    ]:
        for other in (NO_JOB, f"{JOBS}/x", f"{JOBS}/..%2f", f"{JOBS}/%ff%00"):
            ours = bobby.ask(method, job + rest, body)
            theirs = bobby.ask(method, other + rest, body)
            headers = [{**each.headers, "date": ""} for each in (ours, theirs)]
            assert (ours.status, ours.body) == (theirs.status, theirs.body)
            assert headers[0] == headers[1]
            assert ours.status == (204 if method == "DELETE" else 404)
    assert bobby.ask("GET", JOBS).json == {"jobs": []}
    nobody = User(server, "nonsense")
    assert nobody.ask("GET", job).status == 401
    assert alice.ask("GET", job).json["phase"] == "COMPLETED"


def test_url_of_a_part_is_its_holders_alone(alice: User) -> None:
    job = alice.finish(alice.submit(query("detector")).job)
    other = alice.finish(alice.submit(query("detector")).job)
    url = job["parts"][0]["url"]
    assert alice.fetch(url).status == 200
    for wrong in (
        url.replace("User=alice", "User=bobby"),
        url.replace("Signature=", "Signature=A"),
        url.replace("Expires=1", "Expires=2"),
        url.replace(job["id"], other["id"]),
        url.replace("part-00001", "part-00002"),
        url.partition("?")[0],
        url + "&Dataset=x",
    ):
        answer = alice.fetch(wrong)
        assert answer.status == 403, wrong
        assert "sha256" not in answer.body.decode()


def test_part_can_be_probed_and_read_in_ranges(alice: User) -> None:
    job = alice.finish(alice.submit(query("detector"), form="parquet").job)
    (part,) = job["parts"]
    head = alice.fetch(part["url"], "HEAD")
    assert head.status == 200
    assert int(head.headers["content-length"]) == part["bytes"]
    assert head.headers["content-type"] == "application/vnd.apache.parquet"
    some = alice.fetch(part["url"], range="bytes=0-3")
    assert (some.status, some.body) == (206, b"PAR1")


def test_user_may_have_so_many_jobs(bobby: User) -> None:
    jobs = [bobby.submit(query("detector")).job for _ in range(30)]
    answer = bobby.submit(query("detector"))
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    for job in jobs:
        assert bobby.ask("DELETE", job).status == 204
    assert bobby.submit(query("detector"), PATIENT).status == 200


@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_job_goes_on_at_another_server(
    alice: User,
    jobs_settings: str,
    root: Path,
    postgres: PostgresCluster,
    database: str,
    tmp_path: Path,
    way: str,
) -> None:
    first = User(serve(tmp_path, {"repo": root}, "", jobs_settings), alice.token)
    with locked(postgres, database, "visit"):
        job = first.submit(query("visit")).job
        wait_until("begin", lambda: _phase(alice, job) == "EXECUTING")
        if way == "stopped":
            first.server.stop()
        else:
            first.server.kill()
        wait_for_waiting(postgres, database, 1)
    _expect_visits(alice, job)


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_job_survives_a_killed_server_and_a_restarted_one(
    root: Path,
    tokens: tuple[Path, dict[str, str]],
    postgres: PostgresCluster,
    database: str,
    tmp_path: Path,
    store: str,
    *,
    soak: bool,
) -> None:
    if not soak:
        pytest.skip("at the long size")
    redis = RedisServer.start() if store == "redis" else None
    meeting = f'redis_url = "{redis.url}"\n' if redis is not None else ""
    more = settings(tokens[0], f'folder = "{tmp_path}/jobs"')
    users: list[User] = []

    def start() -> User:
        path = tmp_path / f"{len(users)}.toml"
        repository = f'[repositories.repo]\nuri = "{root}"\n'
        path.write_text(f"{meeting}{more}\n{repository}")
        server = ButleryServer.start(path, label="repo")
        users.append(User(server, tokens[1]["alice"]))
        return users[-1]

    def is_begun(user: User, attempt: int) -> bool:
        files = list((tmp_path / "jobs").glob(f"*/{attempt}"))
        return _phase(user, job) == "EXECUTING" and len(files) == 1

    try:
        first, second = start(), start()
        with locked(postgres, database, "visit"):
            job = first.submit(query("visit")).job
            wait_for_waiting(postgres, database, 1)
            first.server.kill()
            wait_until("the second attempt", lambda: is_begun(second, 2))
            wait_for_waiting(postgres, database, 1)
            second.server.stop()
            third = start()
            wait_until("the third attempt", lambda: is_begun(third, 3))
        _expect_visits(third, job)
    finally:
        for user in users:
            user.server.kill()
        if redis is not None:
            redis.stop()


def _phase(user: User, job: str) -> str:
    return str(user.ask("GET", job).json["phase"])


def _expect_visits(user: User, job: str) -> None:
    told = user.finish(job)
    assert told["phase"] == "COMPLETED", told
    text = b"".join(map(user.read, told["parts"]))
    sent = streamed(user, query("visit"))
    assert rows(text) == [row for line in sent for row in line["rows"]]


def test_client_releases_what_it_has_read(
    alice: User,
    server: ButleryServer,
    tokens: tuple[Path, dict[str, str]],
    tmp_path: Path,
) -> None:
    url, secret = server.repository_url(), tokens[1]["alice"]
    before = len(alice.ask("GET", JOBS).json["jobs"])
    with client.Butler(url, access_token=secret) as butler:
        expected = butler.query_datasets("bias", "*", find_first=False)
        with butler.query_job("bias", "*", find_first=False) as job:
            assert {ref.id for ref in job.refs()} == {ref.id for ref in expected}
            assert job.info().phase == "COMPLETED"
        with butler.query_job("bias", "*", find_first=False, format="parquet") as job:
            files = job.download(str(tmp_path))
            assert [file.suffix for file in files] == [".parquet"]
        with (
            pytest.raises(client.ButlerUserError),
            butler.query_job("bias", "*", find_first=False, where="detector > 'a'"),
        ):
            pass
    assert len(alice.ask("GET", JOBS).json["jobs"]) == before


def test_asynchronous_client_releases_what_it_has_read(
    alice: User, server: ButleryServer, tokens: tuple[Path, dict[str, str]]
) -> None:
    url, secret = server.repository_url(), tokens[1]["alice"]
    before = len(alice.ask("GET", JOBS).json["jobs"])

    async def ask() -> None:
        async with client.AsyncButler(url, access_token=secret) as butler:
            expected = await butler.query_datasets("bias", "*", find_first=False)
            async with await butler.query_job("bias", "*", find_first=False) as job:
                assert len(await job.refs()) == len(expected)

    asyncio.run(ask())
    assert len(alice.ask("GET", JOBS).json["jobs"]) == before

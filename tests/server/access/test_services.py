"""A service may use the routes that it was given, and no others."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from butlery.cli import main
from butlery.server.access import TokenFile, check_routes
from butlery.server.config import AccessSettings, ServiceSettings
from butlery.server.direct.lookups import ROUTES
from butlery.server.routes import ROUTE_NAMES
from tests.server.access.test_gafaelfawr import Api, api
from tests.server.test_observed import log_of, sample
from tests.server.web import Answer, Web
from tests.support.postgres_process import wait_until
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

__all__ = ["api"]

ROOT = "/api/butler/repo/repo/v1"
OWN_ROOT = "/api/butlery/repo/repo/v1"
ID = "00000000-0000-0000-0000-000000000001"
FIND = {
    "dataset_type": "bias",
    "data_id": {"instrument": "Cam1", "detector": 1},
    "collections": ["runs/first"],
    "timespan": None,
}
SERVICES = """
[access.services.cutouts]
routes = ["find_dataset", "get_file", "get_dataset"]
[access.services.portal]
concurrent = 50
"""


@pytest.fixture(scope="module")
def place(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Web, dict[str, str]]]:
    """Serve with tokens; those of services by the services' names."""
    folder = tmp_path_factory.mktemp("services")
    tokens = TokenFile(folder / "tokens.json")
    config = folder / "server.toml"
    config.write_text(f"""
[access]
kind = "tokens"
tokens_file = "tokens.json"
{SERVICES}
[repositories.repo]
uri = "{repositories.get("base")}"
""")
    secrets = {
        name: tokens.create("alice", [], None, name or None)[0]
        for name in ("", "cutouts", "portal", "unnamed")
    }
    server = ButleryServer.start(config)
    with closing(Web(server)) as web:
        yield web, secrets
    server.stop()


def ask(place: tuple[Web, dict[str, str]], service: str, route: str) -> Answer:
    web, secrets = place
    token = f"Bearer {secrets[service]}"
    if route.endswith("find_dataset"):
        return web.post(route, FIND, authorization=token)
    method, _, target = route.rpartition(" ")
    return web.ask(method or "GET", target, headers={"authorization": token})


ALLOWED = [f"{ROOT}/find_dataset", f"{ROOT}/dataset/{ID}", f"{ROOT}/get_file/{ID}"]
OTHERS = [
    f"{ROOT}/universe",
    f"{ROOT}/collection_info?name=runs/first",
    # Of the same name at the beginning, or spelled in another way.
    f"{ROOT}/dataset/{ID}/download",
    f"{ROOT}//universe",
    f"{ROOT}/univers%65",
    f"{ROOT}/find_dataset/../universe",
    f"{OWN_ROOT}/get_files?id={ID}",
    f"POST {ROOT}/query/execute",
    f"OPTIONS {ROOT}/universe",
]


@pytest.mark.parametrize("route", ALLOWED)
def test_service_may_use_what_it_was_given(
    place: tuple[Web, dict[str, str]], route: str
) -> None:
    answers = [ask(place, service, route) for service in ("cutouts", "")]
    assert answers[0].status in {200, 422}
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize("route", OTHERS)
def test_service_may_use_nothing_else(
    place: tuple[Web, dict[str, str]], route: str
) -> None:
    answer = ask(place, "cutouts", route)
    assert answer.status in {403, 404}, answer
    assert set(answer.json) == {"detail"}
    if answer.status == 403:
        assert "Service cutouts may not use " in answer.detail
        assert answer.headers["cache-control"] == "no-store"
    else:
        assert ask(place, "", route).status == 404  # there is no such route


def test_direct_routes_are_refused_too(place: tuple[Web, dict[str, str]]) -> None:
    web, secrets = place
    token = f"Bearer {secrets['cutouts']}"
    labels = {"route": ROOT.replace("repo/repo", "repo/{repository}")}
    labels = {"route": f"{labels['route']}/expand_data_id", "status": "403"}
    before = sample(web, "butlery_request_seconds_count", **labels)
    logged = len(log_of(web, "refused"))
    answer = web.post(f"{ROOT}/expand_data_id", {"data_id": {}}, authorization=token)
    assert answer.status == 403
    assert answer.json == {"detail": "Service cutouts may not use expand_data_id here."}
    assert sample(web, "butlery_request_seconds_count", **labels) == before + 1
    wait_until("the log", lambda: len(log_of(web, "refused")) == logged + 1)


@pytest.mark.parametrize("service", ["", "portal", "unnamed"])
@pytest.mark.parametrize("route", [*ALLOWED, *OTHERS[:3]])
def test_others_may_use_all_routes(
    place: tuple[Web, dict[str, str]], service: str, route: str
) -> None:
    assert ask(place, service, route).status != 403


def test_what_everybody_may_read_a_service_may_too(
    place: tuple[Web, dict[str, str]],
) -> None:
    for target in ("/api/butler/repo/repo/butler.yaml", "/health/live"):
        assert ask(place, "cutouts", target).status == 200


def test_service_is_whom_the_ingress_names(
    api: Api, repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f"""
[access]
kind = "gafaelfawr"
gafaelfawr_url = "{api.url}"
trusted_peers = ["127.0.0.1"]
{SERVICES}
[repositories.repo]
uri = "{repositories.get("base")}"
""")
    server = ButleryServer.start(config)
    try:
        with closing(Web(server)) as web:
            named = {"x_auth_request_user": "alice", "x_auth_request_token": "t1"}
            assert web.get(f"{ROOT}/universe", **named).status == 200
            named["x_auth_request_service"] = "cutouts"
            assert web.get(f"{ROOT}/universe", **named).status == 403
            assert web.get(f"{ROOT}/dataset/{ID}", **named).status == 200
    finally:
        server.stop()


def test_who_does_not_say_who_they_are_is_counted(
    place: tuple[Web, dict[str, str]],
) -> None:
    web, _ = place
    labels = {"route": "/api/butler/repo/{repository}", "status": "401"}
    before = sample(web, "butlery_request_seconds_count", **labels)
    assert web.get(f"{ROOT}/universe").status == 401
    assert sample(web, "butlery_request_seconds_count", **labels) == before + 1


def test_every_route_has_a_name_also_those_around_the_framework() -> None:
    assert {handler.__name__ for handler, _ in ROUTES.values()} <= ROUTE_NAMES
    assert {"find_dataset", "get_file", "get_dataset", "find_datasets"} <= ROUTE_NAMES
    assert len(ROUTE_NAMES) >= 20


def test_route_that_there_is_not_is_refused_with_those_that_there_are(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f"""
[access]
kind = "tokens"
tokens_file = "tokens.json"
[access.services.cutouts]
routes = ["get_file", "lookup"]
[repositories.repo]
uri = "{repositories.get("base")}"
""")
    outcome = CliRunner().invoke(main, ["serve", str(config)])
    assert outcome.exit_code == 1
    said = outcome.stderr.strip().splitlines()[-1]
    assert "'cutouts' has a route 'lookup', which there is not" in said
    assert all(name in said for name in ROUTE_NAMES)


def test_services_mean_nothing_where_nobody_is_asked() -> None:
    with pytest.raises(ValueError, match="set kind"):
        AccessSettings(services={"cutouts": ServiceSettings()})
    check_routes({"cutouts": ServiceSettings(routes=())}, ROUTE_NAMES)


def test_token_of_a_service_says_so(tmp_path: Path) -> None:
    path = str(tmp_path / "tokens.json")
    command = ["token", "create", "--file", path, "--service", "cutouts", "bot"]
    assert CliRunner().invoke(main, command).exit_code == 0
    (token,) = TokenFile(Path(path)).tokens()
    assert (token.user, token.service) == ("bot", "cutouts")
    listed = CliRunner().invoke(main, ["token", "list", "--file", path])
    assert "cutouts" in listed.stdout
    command[5] = "no name"
    assert CliRunner().invoke(main, command).exit_code == 2


def test_token_file_of_an_older_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    file = TokenFile(path)
    secret, token = file.create("alice", [], None)
    path.write_text(path.read_text().replace(',\n  "service": null', ""))
    assert "service" not in path.read_text()
    assert TokenFile(path).find(secret, token.created) == token

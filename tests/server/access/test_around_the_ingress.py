"""Nobody becomes somebody by what they write into headers: over real connections."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.access.test_gafaelfawr import Api, api
from tests.server.web import Web
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

__all__ = ["api"]

ROOT = "/api/butler/repo/demo/v1"


@pytest.fixture(params=["127.0.0.1", "192.0.2.1"])
def web(
    api: Api,
    repositories: RepositoryShelf,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Web, str]]:
    config = tmp_path / "server.toml"
    config.write_text(f"""
trusted_proxies = "127.0.0.1"
[access]
kind = "gafaelfawr"
gafaelfawr_url = "{api.url}"
trusted_peers = ["{request.param}"]
[repositories.demo]
uri = "{repositories.get("base")}"
[repositories.demo.access]
groups = ["g_team"]
""")
    server = ButleryServer.start(config)
    try:
        yield Web(server), request.param
    finally:
        server.stop()


def test_only_the_ingress_says_who_somebody_is(web: tuple[Web, str]) -> None:
    answers, ingress = web
    named = {"x_auth_request_user": "alice", "x_auth_request_token": "t1"}
    for forwarded in ("127.0.0.1", "192.0.2.1", "192.0.2.1, 127.0.0.1", "nonsense"):
        answer = answers.get(f"{ROOT}/universe", x_forwarded_for=forwarded, **named)
        assert answer.status == (200 if ingress == "127.0.0.1" else 403), forwarded
    assert answers.get(f"{ROOT}/universe").status == 403
    assert answers.get("/api/butler/repo/demo/butler.yaml").status == 200
    if ingress == "127.0.0.1":
        others = {"x_auth_request_user": "bob", "x_auth_request_token": "t2"}
        answer = answers.get(f"{ROOT}/universe", **others)
        assert answer.json == {
            "detail": "User bob does not have permission to access Butler "
            "repository 'demo'"
        }

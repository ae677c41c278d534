"""Without daf_butler, or with no workers, general queries are 501; the rest works."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.queries.asking import post, query
from tests.queries.serving import nursery_of, serve
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_ABSENT = """
import sys
sys.modules["lsst.daf.butler"] = None
"""


def _check(server: ButleryServer) -> None:
    for route in ("execute", "count", "any", "explain", "all_datasets"):
        status, _, body = post(server, route, query("detector"))
        assert status == 501
        assert "butlery[queries]" in json.loads(body)["detail"]
    with urlopen(f"{server.repository_url()}/v1/universe", timeout=10) as response:
        assert response.status == 200
    assert nursery_of(server) is None


def test_no_daf_butler(
    tmp_path: Path, repositories: RepositoryShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_ABSENT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = serve(tmp_path, {"repo": repositories.get("base")})
    try:
        _check(server)
    finally:
        server.stop()


def test_no_workers(tmp_path: Path, repositories: RepositoryShelf) -> None:
    server = serve(tmp_path, {"repo": repositories.get("base")}, "workers = 0")
    try:
        _check(server)
    finally:
        server.stop()

"""Nobody keeps what operators are told."""

import http.client
import json
from contextlib import closing

import pytest

from butlery.server.admin import create_admin_app
from butlery.server.config import AdminSettings
from butlery.server.serving import Serving
from tests.server.admin.conftest import Commanded

REPO = "/v1/repositories/{label}"
EXPLAIN = {"dataset_type": "bias", "data_id": {}, "collections": ["*"]}
ROUTES: dict[tuple[str, str], object] = {
    ("GET", "/health/live"): None,
    ("GET", "/health/ready"): None,
    ("GET", "/metrics"): None,
    ("GET", "/v1/status"): None,
    ("POST", f"{REPO}/invalidate"): {},
    ("POST", f"{REPO}/warm"): {"collections": ["runs/first"]},
    ("POST", f"{REPO}/explain"): EXPLAIN,
}


@pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")
def test_no_route_is_left_out() -> None:
    app = create_admin_app(AdminSettings(), Serving({}))
    assert set(ROUTES) == {
        (method, route.path_format)
        for route in app.routes
        for method in route.methods
        if method != "OPTIONS"
    }


@pytest.mark.parametrize("label", ["repo", "none"])
def test_nobody_keeps_an_answer(commanded: Commanded, label: str) -> None:
    asked = [(m, p.format(label=label), b) for (m, p), b in ROUTES.items()]
    for method, path, body in [*asked, ("GET", "/nowhere", None)]:
        address = ("127.0.0.1", commanded.admin_port)
        with closing(http.client.HTTPConnection(*address, timeout=30)) as connection:
            headers = {"content-type": "application/json", "if-none-match": "*"}
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            response.read()
            assert response.getheader("cache-control") == "no-store", path
            assert response.getheader("etag") is None

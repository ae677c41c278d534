"""A token leaves for the host that it is meant for, and for no other."""

import pytest

from butlery.client.connection.session import Session
from butlery.client.connection.tokens import find_token

RUBIN = "rubin_science_platform"
TOKENS = {"ACCESS_TOKEN": "portal", "CADC_TOKEN": "cadc"}


@pytest.mark.parametrize(
    ("url", "mode", "expected"),
    [
        ("https://data.lsst.cloud/api", RUBIN, "portal"),
        ("https://DATA.LSST.CLOUD/api", RUBIN, "portal"),
        ("https://usdf-rsp.slac.stanford.edu/", RUBIN, "portal"),
        ("https://lsst.cloud.example/api", RUBIN, None),
        ("https://example/?x=.lsst.cloud", RUBIN, None),
        ("https://data.lsst.cloud@example/", RUBIN, None),
        ("https://[fe80::1%25.lsst.cloud]/", RUBIN, None),
        ("https://evil.example\\.lsst.cloud/", RUBIN, None),
        ("https://www.canfar.net/butler", "cadc", "cadc"),
        ("https://example/", "cadc", None),
        ("https://data.lsst.cloud/api", "cadc", None),
    ],
)
def test_host_decides(url: str, mode: str, expected: str | None) -> None:
    assert find_token(url, mode, TOKENS) == expected


def test_token_that_was_set_for_butler_goes_to_any_server() -> None:
    environ = {**TOKENS, "BUTLER_RUBIN_ACCESS_TOKEN": "mine"}
    assert find_token("http://127.0.0.1/", RUBIN, environ) == "mine"


@pytest.mark.parametrize(
    ("url", "auth", "expected"),
    [
        ("https://butler.example/file", "gafaelfawr", "secret"),
        ("https://butler.example:443/file", "gafaelfawr", "secret"),
        ("https://butler.example/file", "none", None),
        ("https://butler.example/file", "datastore", None),
        ("https://evil.example/file", "gafaelfawr", None),
        ("http://butler.example/file", "gafaelfawr", None),
        ("https://butler.example:8443/file", "gafaelfawr", None),
    ],
)
def test_file_of_another_server_gets_no_token(
    url: str, auth: str, expected: str | None
) -> None:
    session = Session("https://butler.example/api/butler/repo/dp1", "secret")
    assert session.token_for(url, auth) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://ws.canfar.net/f", "secret"), ("https://evil.example/f", None)],
)
def test_token_of_cadc_goes_to_its_hosts_only(url: str, expected: str | None) -> None:
    session = Session("https://www.canfar.net/api", "secret", cadc=True)
    assert session.token_for(url, "datastore") == expected
    assert session.token_for(url.replace("https", "http"), "datastore") is None
    assert session.token_for(url, "gafaelfawr") is None

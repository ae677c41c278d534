"""A repository is found by URL, or by label in an index: as the stock client does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from butlery.client import ButlerConfigurationError
from butlery.client.connection.address import (
    find_configuration,
    known_repositories,
)
from butlery.client.connection.messages import Call

INDEX = "dp1: https://data.example/api/butler/repo/dp1/\nmine: /home/me/repo\n"


def result(call: Call[Any]) -> Any:
    """Return what a call that sends nothing returns."""
    with pytest.raises(StopIteration) as end:
        next(call)
    return end.value.value


def find(name: str, environ: Mapping[str, str] | None = None) -> Any:
    return result(find_configuration(name, environ or {}))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("https://x/api/butler/repo/dp1", "https://x/api/butler/repo/dp1/butler.yaml"),
        ("https://x/api/butler/repo/dp1/", "https://x/api/butler/repo/dp1/butler.yaml"),
        ("https://x/repo/butler.json", "https://x/repo/butler.json"),
        ("https://x/repo/other.yaml", "https://x/repo/other.yaml"),
    ],
)
def test_url_leads_to_its_configuration(name: str, expected: str) -> None:
    assert find(name) == expected


def test_label_is_looked_up_in_the_index(tmp_path: Path) -> None:
    file = tmp_path / "index.yaml"
    file.write_text(INDEX, encoding="utf-8")
    for environ in (
        {"DAF_BUTLER_REPOSITORIES": INDEX},
        {"DAF_BUTLER_REPOSITORY_INDEX": str(file)},
        {"DAF_BUTLER_REPOSITORY_INDEX": file.as_uri()},
    ):
        found = find("dp1", environ)
        assert found == "https://data.example/api/butler/repo/dp1/butler.yaml"
        assert set(result(known_repositories(environ))) == {"dp1", "mine"}


@pytest.mark.parametrize(
    ("name", "environ", "expected"),
    [
        ("dp1", {}, "no URL.*DAF_BUTLER_REPOSITORY_INDEX"),
        ("dp2", {"DAF_BUTLER_REPOSITORIES": INDEX}, "dp1, mine"),
        ("mine", {"DAF_BUTLER_REPOSITORIES": INDEX}, "http and https only"),
        ("dp1", {"DAF_BUTLER_REPOSITORIES": "["}, "no YAML"),
        ("dp1", {"DAF_BUTLER_REPOSITORIES": "- dp1"}, "no mapping"),
        ("dp1", {"DAF_BUTLER_REPOSITORY_INDEX": "/no/such/file"}, "cannot be read"),
        (
            "dp1",
            {
                "DAF_BUTLER_REPOSITORIES": INDEX,
                "DAF_BUTLER_REPOSITORY_INDEX": "/no/such/file",
            },
            "both set",
        ),
        ("HTTPS://me:secret@host/x", {}, "not used here"),
        ("ftp://me:secret@host/x?y", {}, "'ftp://host/x' is no URL"),
        ("/home/me/repo", {}, "no URL"),
        ("file:///etc/passwd", {}, "no URL"),
    ],
)
def test_mistakes_are_named(
    name: str, environ: Mapping[str, str], expected: str
) -> None:
    with pytest.raises(ButlerConfigurationError, match=expected):
        find(name, environ)

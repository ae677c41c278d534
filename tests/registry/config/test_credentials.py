"""Passwords come from the db-auth list exactly as DirectButler takes them."""

import json
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from lsst.utils.db_auth import DbAuth, DbAuthNotFoundError
from sqlalchemy import URL, make_url

from butlery.registry import RepositoryError
from butlery.registry.config.credentials import with_credentials

PLACE = make_url("postgresql+psycopg://db.example.org:5432/registry")
ENTRY = {"url": "postgresql://*.example.org", "username": "reader", "password": "pw"}


def write_list(path: Path, entries: Any, mode: int = 0o600) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    path.chmod(mode)
    return str(path)


def credentials(url: URL) -> tuple[str | None, str | None]:
    found = with_credentials(url)
    return found.username, found.password


def test_file_named_by_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSST_DB_AUTH", write_list(tmp_path / "auth.yaml", [ENTRY]))
    assert credentials(PLACE) == ("reader", "pw")


def test_default_file_is_used(tmp_path: Path) -> None:
    write_list(tmp_path / "home" / ".lsst" / "db-auth.yaml", [ENTRY])
    assert credentials(PLACE) == ("reader", "pw")


def test_inline_list_goes_before_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSST_DB_AUTH", write_list(tmp_path / "auth.yaml", [ENTRY]))
    inline = [{**ENTRY, "username": "inline", "password": "other"}]
    monkeypatch.setenv("LSST_DB_AUTH_CREDENTIALS", json.dumps(inline))
    assert credentials(PLACE) == ("inline", "other")


def test_without_a_list_libpq_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_credentials(PLACE) == PLACE
    monkeypatch.setenv("LSST_DB_AUTH", "/nowhere/at/all.yaml")
    assert with_credentials(PLACE) == PLACE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_file_that_others_may_read_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    path = write_list(tmp_path / "auth.yaml", [ENTRY], mode)
    monkeypatch.setenv("LSST_DB_AUTH", path)
    with pytest.raises(RepositoryError, match=f"chmod 600 {path}"):
        with_credentials(PLACE)


@pytest.mark.parametrize("text", ["{", '{"url": "a"}', '"text"', "1"])
def test_inline_list_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("LSST_DB_AUTH_CREDENTIALS", text)
    with pytest.raises(RepositoryError, match="db-auth list"):
        with_credentials(PLACE)


def test_refusal_never_shows_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text("- {url: a, password: SECRET, b: [}", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("LSST_DB_AUTH", str(path))
    with pytest.raises(RepositoryError) as caught:
        with_credentials(PLACE)
    assert "SECRET" not in str(caught.value)
    assert "\n" not in str(caught.value)


URLS = [
    "postgresql://db.example.org/registry",
    "postgresql://db.example.org:5432/registry",
    "postgresql://somebody@db.example.org/registry",
    "postgresql://somebody:old@db.example.org:5433/other",
    "postgresql://localhost/registry",
]
PATTERNS = [
    "postgresql://*",
    "postgresql://*.example.org",
    "postgresql://*.example.*/reg*",
    "postgresql://db.example.org:5432/registry",
    "postgresql://db.example.org/",
    "postgresql://somebody@db.example.org/registry",
    "mysql://db.example.org/registry",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_pattern_matches_as_in_directbutler(
    monkeypatch: pytest.MonkeyPatch, url: str, pattern: str
) -> None:
    entries = [{"url": pattern, "username": "reader", "password": "pw"}]
    monkeypatch.setenv("LSST_DB_AUTH_CREDENTIALS", json.dumps(entries))
    parts = make_url(url)
    expected = parts.username, parts.password
    with suppress(DbAuthNotFoundError):
        expected = DbAuth(authList=entries).getAuth(
            "postgresql", parts.username, parts.host, parts.port, parts.database
        )
    assert credentials(make_url(url)) == expected


def test_first_match_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    for first, second in product(("one", "two"), repeat=2):
        entries = [{**ENTRY, "username": name} for name in (first, second)]
        monkeypatch.setenv("LSST_DB_AUTH_CREDENTIALS", json.dumps(entries))
        assert credentials(PLACE) == (first, "pw")


@pytest.mark.parametrize(
    "url", ["", "no url", "postgresql://h:port/d", "postgresql://[::1/d", None, 5]
)
def test_entry_that_is_no_pattern_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, url: Any
) -> None:
    entries = [{**ENTRY, "url": url}, ENTRY]
    monkeypatch.setenv("LSST_DB_AUTH_CREDENTIALS", json.dumps(entries))
    assert credentials(PLACE) == ("reader", "pw")

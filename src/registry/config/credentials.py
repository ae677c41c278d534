"""Database credentials from ``db-auth.yaml``.

The list's first entry whose URL pattern matches wins. Nothing matching is not an
error: libpq has its own variables and password file.
"""

import json
import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import RepositoryError
from .documents import describe

_DEFAULT_FILE = "~/.lsst/db-auth.yaml"


def with_credentials(url: URL) -> URL:
    """Return ``url`` with the user and password that the db-auth list gives.

    Raises
    ------
    RepositoryError
        If the list cannot be read, or others may read its file.
    """
    if not (url.host and url.database):
        return url
    for entry in _entries():
        pattern = _pattern(entry)
        if pattern is not None and _matches(pattern, url):
            return url.set(
                username=url.username or entry.get("username"),
                password=entry.get("password"),
            )
    return url


def _entries() -> list[dict[str, Any]]:
    inline = os.environ.get("LSST_DB_AUTH_CREDENTIALS")
    try:
        if inline:
            entries = json.loads(inline)
        else:
            path = Path(os.environ.get("LSST_DB_AUTH", _DEFAULT_FILE)).expanduser()
            if not path.is_file():
                return []
            _refuse_if_shared(path)
            entries = yaml.safe_load(path.read_text())
    except (OSError, RuntimeError) as error:
        raise RepositoryError(f"cannot read the db-auth list: {error}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise RepositoryError(f"the db-auth list: {describe(error)}") from None
    if not isinstance(entries, list):
        raise RepositoryError("the db-auth list must be a list of mappings")
    return [entry for entry in entries if isinstance(entry, dict)]


def _refuse_if_shared(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RepositoryError(
            f"{path} can be read by others; run: chmod 600 {path}",
        )


def _pattern(entry: dict[str, Any]) -> URL | None:
    try:
        return make_url(str(entry.get("url", "")))
    except (ArgumentError, ValueError):
        return None


def _matches(pattern: URL, url: URL) -> bool:
    return (
        pattern.get_backend_name() == url.get_backend_name()
        and fnmatchcase(url.host or "", pattern.host or "")
        and (pattern.port is None or pattern.port == url.port)
        and (not pattern.database or fnmatchcase(url.database or "", pattern.database))
        and pattern.username in {None, url.username}
    )

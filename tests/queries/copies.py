"""Copies of repositories in PostgreSQL: made in a moment, where building takes long."""

import re
import shutil
from pathlib import Path

from tests.support.postgres import PostgresCluster


def database_of(root: Path) -> str:
    """Return the name of a repository's database."""
    text = (root / "butler.yaml").read_text(encoding="utf-8")
    found = re.search(r"postgresql://[^/]+/(\w+)", text)
    assert found is not None, text
    return found[1]


def copy_repository(root: Path, copy: Path, postgres: PostgresCluster) -> Path:
    """Copy a repository that nobody is connected to, and its database."""
    source, target = database_of(root), f"{database_of(root)}_{copy.name}"
    postgres.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    shutil.copytree(root, copy)
    file = copy / "butler.yaml"
    text = file.read_text(encoding="utf-8")
    url = postgres.url
    file.write_text(text.replace(url(source), url(target)), encoding="utf-8")
    return copy

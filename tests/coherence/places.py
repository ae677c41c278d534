"""Where repositories of this folder live, and how servers and writers reach them.

A repository on PostgreSQL is built once and then copied: its database as a template,
its files as a folder. `point_to` makes a second configuration of a repository, which
reaches the same tables another way (as another role, through a standby).
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import yaml

from tests.support.postgres import PostgresCluster
from tests.support.repositories import CollectionKey, make_repository

DATA_SET = "base"
_numbers = count(1)


@dataclass
class PostgresPlaces:
    """Copies of one repository in one cluster."""

    cluster: PostgresCluster
    directory: Path

    def copy(self, collections: CollectionKey = "int") -> Path:
        """Return a repository that the caller may change."""
        original = self.directory / f"original-{collections}"
        if not original.exists():
            make_repository(
                original, DATA_SET, postgres=self.cluster, collections=collections
            )
        name = f"coherence_{next(_numbers)}"
        root = self.directory / name
        shutil.copytree(original, root)
        template = database_of(root).rpartition("/")[2]
        self.cluster.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _set_database(root, self.cluster.url(name))
        return root


def database_of(root: Path) -> str:
    """Return the URL of a repository's database."""
    return str(_read(root)["registry"]["db"])


def point_to(root: Path, name: str, change_url: Callable[[str], str]) -> Path:
    """Return another configuration of a repository, with another database URL."""
    other = root.parent / f"{root.name}-{name}"
    other.mkdir()
    config = _read(root) | {"root": str(root)}
    (other / "butler.yaml").write_text(yaml.safe_dump(config))
    _set_database(other, change_url(database_of(root)))
    return other


def _read(root: Path) -> dict[str, dict[str, str]]:
    config: dict[str, dict[str, str]] = yaml.safe_load(
        (root / "butler.yaml").read_text()
    )
    return config


def _set_database(root: Path, url: str) -> None:
    config = _read(root)
    config["registry"]["db"] = url
    (root / "butler.yaml").write_text(yaml.safe_dump(config))

"""Where the repositories are, and how a server is told to serve them.

Servers reach a repository as a role of their own, and perhaps through another port
than PostgreSQL's.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lsst.daf.butler import Butler, Config

from tests.coherence.places import database_of, point_to
from tests.coherence.writer import given
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

from .counting import ROLE
from .stock import TYPE, Stock

_numbers = count(1)
_NOTHING: Mapping[str, object] = MappingProxyType({})
_CAMERA = [
    {
        "do": "insert_records",
        "element": "instrument",
        "rows": [{"name": "Cam1", "class_name": "Camera"}],
    },
    {
        "do": "insert_records",
        "element": "detector",
        "rows": [{"instrument": "Cam1", "id": 1, "full_name": "first"}],
    },
]


@dataclass(frozen=True)
class Place:
    """One repository on PostgreSQL."""

    cluster: PostgresCluster
    root: Path

    @property
    def database(self) -> str:
        return database_of(self.root).rpartition("/")[2]

    @property
    def url(self) -> str:
        return self.cluster.url(self.database)

    @property
    def stock(self) -> Stock:
        return Stock(self.execute)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        return self.cluster.execute(sql, database=self.database)

    def seen_as_reader(self, port: int | None = None) -> Path:
        """Return a configuration of the repository for servers."""

        def change(url: str) -> str:
            url = url.replace("postgresql://postgres@", f"postgresql://{ROLE}@")
            return url.replace(f":{self.cluster.port}/", f":{port}/") if port else url

        return point_to(self.root, f"reader-{next(_numbers)}", change)


class Places:
    """Makes repositories in one cluster: with one instrument, and one dataset type."""

    def __init__(self, cluster: PostgresCluster, directory: Path) -> None:
        self._cluster = cluster
        self._directory = directory

    def make(self) -> Place:
        """Return a repository that the caller may fill."""
        name = f"place_{next(_numbers)}"
        root = self._directory / name
        config = Config()
        config["registry", "db"] = self._cluster.create_database(name)
        Butler.makeRepo(str(root), config)
        # One dataset by the real client: what is stored by SQL is made like it.
        _, put = given.put(TYPE, "o/run", given.DETECTOR)
        type_ = given.register_type(TYPE, *given.CAMERA)
        commands = [*_CAMERA, type_, given.register_run("o/run"), put]
        given.write(root, commands)
        return Place(self._cluster, root)


def configure(
    repository: Path,
    *,
    permanent: Sequence[str] = (),
    limits: Mapping[str, object] = _NOTHING,
    settings: Mapping[str, object] = _NOTHING,
    **top: object,
) -> Path:
    """Write a server's configuration; collections by glob are permanent."""
    lines = [f"{name} = {_toml(value)}" for name, value in top.items()]
    lines += ["[repositories.repo]", f"uri = {_toml(str(repository))}"]
    lines += [f"{name} = {_toml(value)}" for name, value in settings.items()]
    if permanent:
        lines += ["[[repositories.repo.policies]]", 'policy = "permanent"']
        lines += [f"collections = {_toml(list(permanent))}"]
        lines += ['dataset_types = ["*"]', 'dimensions = ["*"]']
    if limits:
        lines += ["[repositories.repo.limits]"]
        lines += [f"{name} = {_toml(value)}" for name, value in limits.items()]
    path = repository.parent / f"server-{next(_numbers)}.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def serving(config: Path, *arguments: str) -> Iterator[ButleryServer]:
    """Serve while the context lasts; it must end in order unless it was killed."""
    server = ButleryServer.start(config, arguments=arguments)
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    if server.process.poll() is None:
        server.stop()


def _toml(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)

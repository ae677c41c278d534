"""From what a person typed to the facts needed to open a repository."""

import os
from dataclasses import dataclass
from typing import Any

import yaml
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import RepositoryError
from . import resources
from .credentials import with_credentials
from .datastores import ROOT_PLACEHOLDER, DatastoreConfig, read_datastores
from .documents import Document, describe, load_document, section

_DEFAULT_DATABASE = f"sqlite:///{ROOT_PLACEHOLDER}/gen3.sqlite3"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class RepositoryConfig:
    """Where a repository's database and files are.

    Parameters
    ----------
    uri
        Where the configuration was read.
    database
        SQLAlchemy URL with an async driver and credentials.
    namespace
        PostgreSQL schema of all tables; `None`: the connection's own.
    datastores
        File datastores, in the order in which they are asked.
    """

    uri: str
    database: URL
    namespace: str | None
    datastores: tuple[DatastoreConfig, ...]

    @property
    def records_tables(self) -> list[str]:
        """The tables of file records, in the order of the datastores."""
        return [datastore.records_table for datastore in self.datastores]


def load_repository_config(repository: str) -> RepositoryConfig:
    """Read the configuration of a repository.

    Parameters
    ----------
    repository
        Directory, file or URI (``file``, ``s3``, ``http``, ``https``), or a label
        of the repository index.

    Raises
    ------
    RepositoryError
        If it cannot be read, or describes what cannot be served.
    """
    uri = _configuration_uri(_resolve_label(repository))
    document = load_document(uri)
    _refuse_unservable(document, uri)
    root = str(document.get("root") or resources.parent(uri)).rstrip("/") or "/"
    if resources.scheme_of(root) == "file":
        root = str(resources.local_path(root))
    registry = section(document, "registry")
    database = _database_url(registry, root)
    namespace = registry.get("namespace")
    is_postgresql = database.get_backend_name() == "postgresql"
    return RepositoryConfig(
        uri=uri,
        database=database,
        namespace=str(namespace) if namespace and is_postgresql else None,
        datastores=read_datastores(document.get("datastore"), root),
    )


def _resolve_label(repository: str) -> str:
    inline = os.environ.get("DAF_BUTLER_REPOSITORIES")
    index_uri = os.environ.get("DAF_BUTLER_REPOSITORY_INDEX")
    if inline and index_uri:
        raise RepositoryError(
            "DAF_BUTLER_REPOSITORIES and DAF_BUTLER_REPOSITORY_INDEX are both set; "
            "unset one of them"
        )
    index: Any = {}
    if inline:
        try:
            index = yaml.safe_load(inline)
        except yaml.YAMLError as error:
            raise RepositoryError(
                f"DAF_BUTLER_REPOSITORIES is not valid YAML: {describe(error)}"
            ) from None
    elif index_uri:
        index = load_document(index_uri)
    uri = index.get(repository) if isinstance(index, dict) else None
    return str(uri) if uri else repository


def _configuration_uri(repository: str) -> str:
    if resources.scheme_of(repository) == "file":
        path = resources.local_path(repository)
        if path.is_dir():
            return str(path / "butler.yaml")
        if not path.exists():
            raise RepositoryError(
                f"there is no {path}; give a repository's directory, its butler.yaml "
                "or a label of the repository index"
            )
        return str(path)
    if repository.endswith((".yaml", ".json")):
        return repository
    return f"{repository.rstrip('/')}/butler.yaml"


def _refuse_unservable(document: Document, uri: str) -> None:
    cls = str(document.get("cls", "DirectButler")).rpartition(".")[2]
    if cls != "DirectButler":
        raise RepositoryError(
            f"{uri} describes a {cls}, that is, a server's client; give the "
            "butler.yaml of the repository itself (DirectButler)"
        )
    managers = section(section(document, "registry"), "managers")
    datasets = managers.get("datasets")
    if isinstance(datasets, dict) and section(datasets, "config").get("overrides"):
        raise RepositoryError(
            f"{uri} overrides dataset types (registry.managers.datasets.config."
            "overrides), which a server cannot honour for all clients; remove it"
        )


def _database_url(registry: Document, root: str) -> URL:
    text = str(registry.get("db") or _DEFAULT_DATABASE).replace(ROOT_PLACEHOLDER, root)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise RepositoryError("registry.db is not a database URL") from None
    for key in ("username", "password", "host", "port", "database"):
        if registry.get(key) and not getattr(url, key):
            value: Any = str(registry[key])
            if key == "port":
                if not value.isdecimal():
                    raise RepositoryError(f"registry.port is no number: {value}")
                value = int(value)
            url = url.set(**{key: value})
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise RepositoryError(
            f"the database is {backend}; supported are sqlite and postgresql"
        )
    if backend == "sqlite":
        _check_sqlite(url, root)
    else:
        url = with_credentials(url)
    return url.set(drivername=_DRIVERS[backend])


def _check_sqlite(url: URL, root: str) -> None:
    if resources.scheme_of(root) != "file" and root in (url.database or ""):
        raise RepositoryError(
            f"an SQLite database cannot be opened at {root}; it must be a local file"
        )
    if not url.database or url.database == ":memory:":
        raise RepositoryError("an in-memory SQLite database cannot be served")

"""The datastores of a repository: where files are, and which table records them.

A chain is given as the list of its file datastores, in the order in which they
are asked.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import RepositoryError
from . import resources
from .documents import Document, section

ROOT_PLACEHOLDER = "<butlerRoot>"
_DEFAULT_TABLE = "file_datastore_records"


@dataclass(frozen=True, slots=True)
class DatastoreConfig:
    """One file datastore.

    Parameters
    ----------
    name
        The string in ``dataset_location.datastore_name``.
    root
        Absolute path or URI that relative paths of records start from.
    records_table
        Opaque table that holds its file records.
    """

    name: str
    root: str
    records_table: str


def read_datastores(described: Any, butler_root: str) -> tuple[DatastoreConfig, ...]:
    """Return the file datastores that a section describes, in search order.

    Raises
    ------
    RepositoryError
        If a datastore is of a kind that is not file-backed, or none is.
    """
    datastores = tuple(_flatten(described or {}, butler_root))
    if not datastores:
        raise RepositoryError(
            "the repository has only in-memory datastores; "
            "at least one FileDatastore is needed to serve files"
        )
    tables = [d.records_table for d in datastores]
    if len(set(tables)) != len(tables):
        raise RepositoryError(
            f"two datastores share a records table ({', '.join(tables)}); "
            "each needs its own"
        )
    return datastores


def _flatten(part: Any, root: str) -> Iterator[DatastoreConfig]:
    if not isinstance(part, dict):
        raise RepositoryError("the configuration of a datastore must be a mapping")
    cls = str(part.get("cls", "FileDatastore")).rpartition(".")[2]
    if cls == "FileDatastore":
        yield _file_datastore(part, root)
    elif cls == "ChainedDatastore":
        children = part.get("datastores") or []
        if not isinstance(children, list):
            raise RepositoryError("a chain's 'datastores' must be a list")
        for child in children:
            inner = child.get("datastore", child) if isinstance(child, dict) else child
            yield from _flatten(inner, root)
    elif cls != "InMemoryDatastore":
        raise RepositoryError(
            f"the datastore class {cls} is not file-backed; supported are "
            "FileDatastore and ChainedDatastore (InMemoryDatastore is skipped)"
        )


def _file_datastore(part: Document, butler_root: str) -> DatastoreConfig:
    template = str(part.get("root", f"{ROOT_PLACEHOLDER}/datastore"))
    records = section(part, "records")
    return DatastoreConfig(
        name=str(part.get("name", f"FileDatastore@{template}")),
        root=_expand_root(template, butler_root),
        records_table=str(records.get("table", _DEFAULT_TABLE)),
    )


def _expand_root(template: str, butler_root: str) -> str:
    root = template.replace(ROOT_PLACEHOLDER, butler_root)
    if resources.scheme_of(root) != "file":
        return root
    return str(resources.local_path(os.path.expandvars(root)))

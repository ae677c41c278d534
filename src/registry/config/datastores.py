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


def read_datastores(section: Any, butler_root: str) -> tuple[DatastoreConfig, ...]:
    """Return the file datastores that ``section`` describes, in search order.

    Raises
    ------
    RepositoryError
        If a datastore is of a kind that is not file-backed, or none is.
    """
    datastores = tuple(_flatten(section or {}, butler_root, ""))
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


def _flatten(section: Any, root: str, default_name: str) -> Iterator[DatastoreConfig]:
    cls = str(section.get("cls", "FileDatastore")).rpartition(".")[2]
    if cls == "FileDatastore":
        yield _file_datastore(section, root)
    elif cls == "ChainedDatastore":
        for child in section.get("datastores") or []:
            yield from _flatten(child.get("datastore", child), root, default_name)
    elif cls != "InMemoryDatastore":
        raise RepositoryError(
            f"the datastore class {cls} is not file-backed; supported are "
            "FileDatastore and ChainedDatastore (InMemoryDatastore is skipped)"
        )


def _file_datastore(section: Any, butler_root: str) -> DatastoreConfig:
    template = str(section.get("root", f"{ROOT_PLACEHOLDER}/datastore"))
    records = section.get("records") or {}
    return DatastoreConfig(
        name=str(section.get("name", f"FileDatastore@{template}")),
        root=_expand_root(template, butler_root),
        records_table=str(records.get("table", _DEFAULT_TABLE)),
    )


def _expand_root(template: str, butler_root: str) -> str:
    root = template.replace(ROOT_PLACEHOLDER, butler_root)
    if resources.scheme_of(root) != "file":
        return root
    return str(resources.local_path(os.path.expandvars(root)))

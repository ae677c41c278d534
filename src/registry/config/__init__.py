"""Finds and reads a repository's ``butler.yaml``.

`load_repository_config` turns what a person typed (path, URI or label) into a
`RepositoryConfig`: where the database is, with credentials, and where the files
are. Nothing here opens the database.
"""

from .datastores import DatastoreConfig
from .repository import RepositoryConfig, load_repository_config

__all__ = ["DatastoreConfig", "RepositoryConfig", "load_repository_config"]

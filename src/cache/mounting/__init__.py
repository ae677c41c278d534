"""How a repository comes to its release index, and starts without its database.

`IndexKeeper` mounts the newest index of a folder; `StoredSnapshot` keeps the newest
definitions on disk.
"""

from .index_keeper import IndexKeeper, IndexPlace
from .stored_snapshot import StoredSnapshot

__all__ = ["IndexKeeper", "IndexPlace", "StoredSnapshot"]

"""Release indexes: permanent collections compiled into files that processes map.

`build_index` makes one, `IndexLibrary` keeps them in a folder, `ReleaseIndex` reads
one.
"""

from .building import Building, build_index
from .library import IndexLibrary
from .locations import fetch_newest
from .manifest import Manifest, UnusableIndexError
from .release_index import ReleaseIndex
from .stored_contents import pack_contents, unpack_contents

__all__ = [
    "Building",
    "IndexLibrary",
    "Manifest",
    "ReleaseIndex",
    "UnusableIndexError",
    "build_index",
    "fetch_newest",
    "pack_contents",
    "unpack_contents",
]

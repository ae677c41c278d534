"""Where release indexes are kept for other machines: folders and object stores.

`location_of` finds one by its text; `push`, `pull` and `fetch_newest` bring indexes
there and from there. Data go first and manifests last, as in a library.
"""

from .fetching import fetch_newest
from .location import Entry, Location
from .places import location_of
from .transfers import pull, push

__all__ = [
    "Entry",
    "FolderLocation",
    "Location",
    "fetch_newest",
    "location_of",
    "pull",
    "push",
]

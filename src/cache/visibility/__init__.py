"""Who sees which collections: for everybody else they do not exist (I1).

Collections lie in zones, and a reader sees some of the zones. What a lookup gets is a
snapshot in which the other collections are absent, so that it cannot tell them from
names that were made up, and neither can what it answers.
"""

from .seen import Visibility, VisibleCatalog
from .zones import EVERYBODY, Zoning

__all__ = [
    "EVERYBODY",
    "Visibility",
    "VisibleCatalog",
    "Zoning",
]

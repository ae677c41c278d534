"""What is kept of a repository between requests, and why it is still true.

`Repository` is the door: it holds the current `Snapshot` and answers every lookup
from it, going to the database only for what is too much to keep.
"""

from ..protocol.embargo import Embargo
from .answers import Limits
from .follower import SnapshotKeeper
from .lookup import Dataset, ExpandedDataId, Outcome, Wanted
from .lookups import Lookups
from .mounting import IndexPlace
from .permanence import Pace
from .policies import Policies, Policy, PolicyRule
from .repository import Repository
from .revision import Revision
from .sight import EVERYTHING, Sight
from .snapshot import Collection, CollectionCatalog, DatasetTypeCatalog, Snapshot
from .trail import Trail
from .visibility import EVERYBODY, Zoning

__all__ = [
    "EVERYBODY",
    "EVERYTHING",
    "Collection",
    "CollectionCatalog",
    "Dataset",
    "DatasetTypeCatalog",
    "Embargo",
    "ExpandedDataId",
    "IndexPlace",
    "Limits",
    "Lookups",
    "Outcome",
    "Pace",
    "Policies",
    "Policy",
    "PolicyRule",
    "Repository",
    "Revision",
    "Sight",
    "Snapshot",
    "SnapshotKeeper",
    "Trail",
    "Wanted",
    "Zoning",
]

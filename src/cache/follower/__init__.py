"""Keeps a repository's snapshot and follows its changes.

`SnapshotKeeper` asks the database; `ChangeFollower` applies what a stream tells;
`Coverage` says how far what was told can be trusted.
"""

from .coverage import Coverage
from .follower import ChangeFollower
from .keeper import SnapshotKeeper
from .state import FollowerState

__all__ = ["ChangeFollower", "Coverage", "FollowerState", "SnapshotKeeper"]

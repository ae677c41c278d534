"""What of a snapshot is permanent, so that one of any age is new enough for it."""

from collections.abc import Callable, Sequence

from .policies import Policies, Policy
from .snapshot import Snapshot

Enough = Callable[[Snapshot, Policies], bool]
"""Tells whether all that is wanted of a snapshot is permanent in it."""


def for_universe(snapshot: Snapshot, policies: Policies) -> bool:
    """Tell that the universe is: only a migration changes it, with servers stopped."""
    del snapshot, policies
    return True


def for_dataset_type(name: str) -> Enough:
    """Return what tells whether a dataset type's definition is."""

    def is_enough(snapshot: Snapshot, policies: Policies) -> bool:
        is_known = name in snapshot.dataset_types.by_name
        return is_known and policies.of_dataset_type(name) is Policy.PERMANENT

    return is_enough


def for_collections(names: Sequence[str]) -> Enough:
    """Return what tells whether some collections with all their members are."""

    def is_enough(snapshot: Snapshot, policies: Policies) -> bool:
        by_name = snapshot.collections.by_name
        return all(name in by_name for name in names) and all(
            policies.of_collection(member.name) is Policy.PERMANENT
            for member in snapshot.collections.flatten(names)
        )

    return is_enough

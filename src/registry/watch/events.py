"""What a watcher tells, in the order in which the database committed it."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class NamedChange:
    """Something was committed, and this is all that it can have touched.

    Every dataset that entered or left, or whose files changed, is in one of the
    collections *and* of one of the dataset types. Files are named by the run of their
    dataset, not by other collections that it is in.

    Parameters
    ----------
    collections
        Keys of collections, as the repository keeps them: integers or names.
    dataset_types
        Ids of dataset types.
    elements_grown, elements_changed
        Dimension elements with new records; with other or fewer ones.
    new_datasets
        Whether UUIDs may exist that did not.
    definitions
        Whether a small table changed, and has to be read again.
    everything
        Whether the rest says too little: anything may have changed.
    """

    collections: frozenset[int | str] = frozenset()
    dataset_types: frozenset[int] = frozenset()
    elements_grown: frozenset[str] = frozenset()
    elements_changed: frozenset[str] = frozenset()
    new_datasets: bool = False
    definitions: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every change that is visible at this gate, and that came after the last gap
    (`Lost`, `Unequipped`), has been named. Repeated as a sign of life.

    Parameters
    ----------
    node
        Life of the database node; gates of others are not to be compared.
    gate
        Text of ``pg_current_snapshot()``, without a connection's number.
    """  # noqa: D205 - one sentence that must not be cut

    node: str
    gate: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A gap: whatever was committed before this moment may not have been named.

    Comes when a connection is lost, and again when listening has begun (so it is also
    the first event of all): only then is every later change sure to be named.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Unequipped:
    """A gap that lasts: these tables or functions lack what tells of changes."""

    tables: tuple[str, ...]


Event: TypeAlias = NamedChange | Coverage | Lost | Unequipped

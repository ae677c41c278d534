"""What a find-first search asks for, its data ID already resolved."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...protocol.dimensions import DataId
from ...protocol.embargo import Embargo
from ...protocol.scalars import Timespan
from ...registry import RegisteredDatasetType


@dataclass(frozen=True, slots=True)
class DatasetSearch:
    """A find-first search.

    Parameters
    ----------
    values
        Values of the type's required dimensions.
    collections
        Names and globs, in search order.
    timespan
        Validity ranges must overlap it; `None`: CALIBRATION collections take no
        part.
    records
        Whether dimension records are wanted.
    files
        Whether file records are wanted.
    embargoes
        Those that hide what has this data ID, in the RUNs that they cover.
    """

    dataset_type: RegisteredDatasetType
    values: DataId
    collections: Sequence[str]
    timespan: Timespan | None
    records: bool = False
    files: bool = False
    embargoes: tuple[Embargo, ...] = ()

    @property
    def with_ranges(self) -> bool:
        """Whether CALIBRATION collections take part."""
        return self.dataset_type.is_calibration and self.timespan is not None

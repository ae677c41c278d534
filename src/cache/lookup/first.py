"""Which of the matches on a search path counts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...protocol.errors import CalibrationLookupError
from ...registry import FoundDataset


def first_match(
    path: Sequence[Any], found: Sequence[FoundDataset]
) -> FoundDataset | None:
    """Return the match in the earliest collection of a path, or `None`.

    Parameters
    ----------
    path
        Keys of the collections, in search order.

    Raises
    ------
    CalibrationLookupError
        If several validity ranges match in the first collection that matches.
    """
    counts = Counter(dataset.collection for dataset in found)
    earliest = next((key for key in path if counts[key]), None)
    if earliest is None:
        return None
    if counts[earliest] > 1:
        raise CalibrationLookupError(
            "Ambiguous calibration validity range match. This usually means a "
            "temporal join or 'where' needs to be added, but it could also mean "
            "that multiple validity ranges overlap a single output data ID."
        )
    return next(dataset for dataset in found if dataset.collection == earliest)

"""What a finished demo repository holds, as counted in it and not as planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Example:
    """One dataset to try next.

    Parameters
    ----------
    dataset_type
        Name of its dataset type.
    data_id
        Its data ID.
    collection
        A collection in which a lookup finds it.
    """

    dataset_type: str
    data_id: Mapping[str, str | int]
    collection: str


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """Counts of a demo repository, and where to begin.

    Parameters
    ----------
    root
        Folder of the repository.
    dataset_types
        Number of registered dataset types.
    datasets
        Number of datasets, each of which has one file.
    files
        Number of files in the datastore.
    collections
        Number of collections of any type.
    example
        A dataset to try next.
    """

    root: Path
    dataset_types: int
    datasets: int
    files: int
    collections: int
    example: Example

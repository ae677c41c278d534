"""What a query sends: bodies of requests, made from plain values without any I/O."""

from .everything import all_datasets
from .limits import sent_limit
from .rows import data_ids, dataset_refs, dimension_records, explanation
from .selection import Scope, Selection

__all__ = [
    "Scope",
    "Selection",
    "all_datasets",
    "data_ids",
    "dataset_refs",
    "dimension_records",
    "explanation",
    "sent_limit",
]

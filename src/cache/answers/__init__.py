"""What the database has answered, kept while it is known to be still true.

`Answers` is the door. An answer is kept with what it depends on; `Generations` says
whether any of that has moved since the read that gave the answer *began*.
"""

from .answers import Answers, Entry, Keep, Limits, Question
from .generations import (
    NEW_DATASETS,
    Dependency,
    Generations,
    collection,
    definition,
    new_records,
    old_records,
)

__all__ = [
    "NEW_DATASETS",
    "Answers",
    "Dependency",
    "Entry",
    "Generations",
    "Keep",
    "Limits",
    "Question",
    "collection",
    "definition",
    "new_records",
    "old_records",
]

"""Questions to the database whose answers are kept, each with what it depends on."""

from .by_uuid import find_stored, uuid_key, uuid_question
from .in_segment import (
    find_among_shown,
    find_in_segment,
    is_same,
    segment_key,
    segment_question,
)
from .nights import hiding
from .records import find_records, search_records
from .shown import find_shown

__all__ = [
    "find_among_shown",
    "find_in_segment",
    "find_records",
    "find_shown",
    "find_stored",
    "hiding",
    "is_same",
    "search_records",
    "segment_key",
    "segment_question",
    "uuid_key",
    "uuid_question",
]

"""Questions to the database whose answers are kept, each with what it depends on."""

from .by_uuid import find_stored, uuid_key, uuid_question
from .in_segment import find_in_segment, is_same, segment_key, segment_question
from .records import find_records, search_records

__all__ = [
    "find_in_segment",
    "find_records",
    "find_stored",
    "is_same",
    "search_records",
    "segment_key",
    "segment_question",
    "uuid_key",
    "uuid_question",
]

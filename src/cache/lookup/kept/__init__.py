"""Questions to the database whose answers are kept, each with what it depends on."""

from .by_uuid import find_stored
from .in_segment import find_in_segment
from .records import find_records, search_records

__all__ = ["find_in_segment", "find_records", "find_stored", "search_records"]

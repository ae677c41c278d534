"""Many lookups in one request: from items to lookups, from outcomes to an answer."""

from .answering import find_outcomes, get_outcomes
from .from_body import find_from_body, get_from_body
from .from_query import find_from_query, get_from_query
from .lookups import Lookups

__all__ = [
    "Lookups",
    "find_from_body",
    "find_from_query",
    "find_outcomes",
    "get_from_body",
    "get_from_query",
    "get_outcomes",
]

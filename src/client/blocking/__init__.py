"""The Butler that waits: for notebooks and scripts."""

from .butler import Butler
from .collections import ButlerCollections
from .jobs import QueryJob

__all__ = ["Butler", "ButlerCollections", "QueryJob"]

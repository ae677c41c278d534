"""The Butler that is awaited: the methods of the one that waits, for event loops."""

from .butler import AsyncButler
from .collections import AsyncButlerCollections
from .jobs import AsyncQueryJob

__all__ = ["AsyncButler", "AsyncButlerCollections", "AsyncQueryJob"]

"""A direct Butler in a process of its own, told what to write line by line."""

from . import given
from .process import Writer

__all__ = ["Writer", "given"]

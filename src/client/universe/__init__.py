"""Dimensions as the server describes them: elements, their order, and groups."""

from .elements import Column, Element
from .groups import DimensionGroup
from .universe import Universe

__all__ = ["Column", "DimensionGroup", "Element", "Universe"]

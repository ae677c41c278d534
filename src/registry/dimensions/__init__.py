"""The dimension universe of a repository, derived from its own JSON.

Nothing here is hard-coded per universe version: elements, groups, orders and
columns all follow from the document in ``butler_attributes``.
"""

from .elements import Column, ColumnType, Element
from .groups import DimensionGroup
from .universe import DimensionUniverse

__all__ = ["Column", "ColumnType", "DimensionGroup", "DimensionUniverse", "Element"]

"""How a question about datasets is answered from a snapshot and one statement."""

from .expansion import ExpandedDataId
from .find import Dataset

__all__ = ["Dataset", "ExpandedDataId"]

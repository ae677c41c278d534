"""How a question about datasets is answered from a snapshot and one statement."""

from .dataset import Dataset
from .expansion import ExpandedDataId

__all__ = ["Dataset", "ExpandedDataId"]

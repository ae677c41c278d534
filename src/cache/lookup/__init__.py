"""How a question about datasets is answered from a snapshot and one statement."""

from .batch import Outcome, Wanted
from .dataset import Dataset
from .expansion import ExpandedDataId

__all__ = ["Dataset", "ExpandedDataId", "Outcome", "Wanted"]

"""How a question about datasets is answered from a snapshot and one statement."""

from .batch import Outcome
from .by_data_id import Wanted
from .dataset import Dataset
from .expansion import ExpandedDataId

__all__ = ["Dataset", "ExpandedDataId", "Outcome", "Wanted"]

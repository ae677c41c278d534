"""What answers become: daf_butler's objects by name, without what they do elsewhere."""

from .data_coordinate import DataCoordinate
from .dataset_ref import DatasetRef
from .dataset_type import DatasetType, name_of, split_name
from .dimension_record import DimensionRecord
from .existence import DatasetExistence
from .names import Named
from .shapes import Shapes
from .timespan import Timespan, wire_timespan
from .uris import DatasetRefURIs, FileUri

__all__ = [
    "DataCoordinate",
    "DatasetExistence",
    "DatasetRef",
    "DatasetRefURIs",
    "DatasetType",
    "DimensionRecord",
    "FileUri",
    "Named",
    "Shapes",
    "Timespan",
    "name_of",
    "split_name",
    "wire_timespan",
]

"""Makes release indexes: reads one state of a database, sorts, learns, writes."""

from .build import Building, Report, build_index
from .writer import IndexWriter

__all__ = ["Building", "IndexWriter", "Report", "build_index"]

"""Parquet tables: chosen columns, read in ranges, as the type that was asked for."""

from .reader import ParquetReader
from .schema import TableSchema

__all__ = ["ParquetReader", "TableSchema"]

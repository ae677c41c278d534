"""From an empty PostgreSQL to the figures of queries."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.report.tables import Table
from benchmarks.serving.servers import stock

from .lookups import Options, measure_lookups
from .place import butlery, place
from .streaming import Stream, stall, stream, write
from .tables import table_of_lookups, table_of_streams

_STALL_SECONDS = 5.0
Progress = Callable[[str], None]


class Report(msgspec.Struct, frozen=True):
    """All that was found out."""

    tables: list[Table]
    streams: list[Stream]
    stalled: float


def run(options: Options, rows: int, progress: Progress) -> Report:
    """Measure lookups beside queries, and one query of so many rows."""
    with tempfile.TemporaryDirectory(prefix="butlery-bench-") as folder:
        scratch = Path(folder)
        progress(f"building a repository with {rows:,} groups")
        with place(scratch, rows) as where:
            with butlery(where, scratch, options.workers) as server:
                progress("streaming rows")
                stream(server, "detector")
                streams = [stream(server)]
                progress("writing rows to files")
                streams += [write(server, form) for form in ("jsonl", "parquet")]
                stalled = stall(server, _STALL_SECONDS)
                progress("looking up beside busy workers")
                lookups = measure_lookups(server, where, options)
            with stock(where.root, scratch) as server:
                progress("streaming rows from the stock server")
                stream(server, "detector")
                streams.append(stream(server))
    tables = [
        table_of_lookups(lookups, options.workers),
        table_of_streams(streams, stalled),
    ]
    return Report(tables, streams, stalled)

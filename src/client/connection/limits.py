"""How long and how much the client takes from a server: every number."""

import msgspec

CONNECT_SECONDS = 20
"""Until a connection is there."""

SILENCE_SECONDS = 120
"""Without a byte, until a connection counts as lost; the stock client's number."""

ANSWER_SECONDS = 180
"""For a lookup, with all repetitions."""

QUERY_SECONDS = 3600
"""For an answer that comes as a stream of rows."""

MOST_ANSWER_BYTES = 256 * 2**20
"""Of one answer that is no file; 10,000 datasets with files have some 10 MB."""

MOST_LINE_BYTES = 64 * 2**20
"""Of one page of rows; 2,000 visits with their regions have some 10 MB."""

MOST_REDIRECTS = 5
"""From one URL of a file, or of a configuration."""

SLOWEST_BYTES_PER_SECOND = 16 * 2**10
"""Of a file, beyond a minute; what is slower counts as stuck, and is resumed."""

STUCK_SECONDS = 60
"""In which a file must come at the slowest speed, or its connection is given up."""

MOST_FILE_BYTES = 100 * 10**9
"""Of a file on disk whose size nobody knows."""

MOST_MEMORY_BYTES = 2 * 10**9
"""Of a file that is read whole into memory."""

MOST_AT_ONCE = 8
"""Requests at the same time, of what asks for many things."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set for one Butler.

    Parameters
    ----------
    connect_seconds
        Until a connection is there.
    silence_seconds
        Without a byte, until a connection counts as lost.
    longest_seconds
        For any request with all repetitions; of a file, since it last came on.
    stuck_seconds, slowest_bytes_per_second
        A file that comes slower than this for so long is asked for anew, from where it
        was.
    most_file_bytes
        Of a file on disk whose size nobody knows.
    most_memory_bytes
        Of a file that is read whole into memory.
    """

    connect_seconds: float = CONNECT_SECONDS
    silence_seconds: float = SILENCE_SECONDS
    longest_seconds: float = float("inf")
    stuck_seconds: float = STUCK_SECONDS
    slowest_bytes_per_second: int = SLOWEST_BYTES_PER_SECOND
    most_file_bytes: int = MOST_FILE_BYTES
    most_memory_bytes: int = MOST_MEMORY_BYTES

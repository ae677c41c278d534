"""How much one request may hold: every number, whoever sees to it.

Each is far above what any client sends, and small enough that nobody else waits long.
"""

from typing import Annotated

import msgspec

MAX_HEAD_BYTES = 65_536
"""Of the request line and the headers; more is refused with 431."""

MAX_BODY_BYTES = 10_000_000
"""Of a body; more is refused with 413. 10,000 UUIDs have 390 kB."""

MAX_DATASET_IDS = 10_000
"""Most UUIDs in one request; the stock client sends chunks of this size."""

MAX_ITEMS = 10_000
"""Most items in one request of many lookups."""

MAX_QUERY_ITEMS = 100
"""Most items in one URL."""

MAX_NAMES = 20_000
"""Most names and globs in one list of collections or dataset types."""

MAX_GLOBS = 100
"""Of those; each is tried on every name, and nobody else is answered meanwhile."""

MAX_GLOB_CHARACTERS = 1_000
"""Of one glob; no name is as long."""

MAX_DATA_ID_KEYS = 100
"""Most keys in one data ID; a universe has some 30 dimensions."""

Names = Annotated[list[str], msgspec.Meta(max_length=MAX_NAMES)]
"""Names and globs, as clients send them."""

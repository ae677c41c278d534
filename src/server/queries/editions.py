"""Numbers for what repositories are made of, so that workers can tell old from new."""

from itertools import count

from ...cache import Snapshot


class Editions:
    """Numbers the schemas and definitions of each repository as they come.

    One count serves all: a worker that has a repository open under one label may be
    asked about it under another.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._known: dict[str, tuple[object, int, object, int]] = {}

    def of(self, label: str, snapshot: Snapshot) -> tuple[int, int]:
        """Return the numbers of a snapshot's schema and definitions; new ones are more.

        Snapshots of one process come in order, and share what did not change.
        """
        schema, definitions = snapshot.contents.schema, snapshot.definitions
        known = self._known.get(label, (None, 0, None, 0))
        old_schema, schema_number, old, number = known
        if schema is not old_schema:
            schema_number = next(self._numbers)
        if definitions is not old:
            number = next(self._numbers)
        self._known[label] = schema, schema_number, definitions, number
        return schema_number, number

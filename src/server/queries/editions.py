"""Numbers for what repositories are made of, so that workers can tell old from new."""

from ...cache import Snapshot


class Editions:
    """Numbers the schemas and definitions of each repository as they come."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, int, object, int]] = {}

    def of(self, label: str, snapshot: Snapshot) -> tuple[int, int]:
        """Return the numbers of a snapshot's schema and definitions; new ones are more.

        Snapshots of one process come in order, and share what did not change.
        """
        schema, definitions = snapshot.contents.schema, snapshot.definitions
        old_schema, schema_number, old, number = self._known.get(
            label, (None, 0, None, 0)
        )
        schema_number += schema is not old_schema
        number += definitions is not old
        self._known[label] = schema, schema_number, definitions, number
        return schema_number, number

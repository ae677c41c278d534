"""The triggers, as statements.

They fire ALWAYS, that is, also in sessions with ``session_replication_role =
replica``. What no trigger sees: changes made while somebody has disabled or dropped
it, and rows that a restore writes before it makes the triggers.
"""

from collections.abc import Iterable

from .sql import literal, qualified, quoted
from .tables import PREFIX, Trigger, WatchedTable


def create_table_triggers(namespace: str, table: WatchedTable) -> list[str]:
    """Return the statements that equip a table, or put its equipment right."""
    name = qualified(namespace, table.name)
    return create_triggers(name, quoted(namespace), table.triggers)


def create_triggers(
    table: str, namespace: str, triggers: Iterable[Trigger]
) -> list[str]:
    """Return statements for a table and a namespace that are already quoted."""
    return [
        statement
        for trigger in triggers
        for statement in (
            _create_trigger(table, namespace, trigger),
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {PREFIX}{trigger.name};",
        )
    ]


def _create_trigger(table: str, namespace: str, trigger: Trigger) -> str:
    rows = f" REFERENCING {trigger.rows} TABLE AS butlery_rows" if trigger.rows else ""
    argument = literal(trigger.argument) if trigger.argument else ""
    return (
        f"CREATE OR REPLACE TRIGGER {PREFIX}{trigger.name} AFTER {trigger.event}"
        f" ON {table}{rows} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {namespace}.{quoted(trigger.function)}({argument});"
    )

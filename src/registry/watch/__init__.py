"""Change triggers in a PostgreSQL repository, and the watcher that hears them.

The only part of Butlery that ever writes into a repository's database, and only when an
operator asks for it: functions and triggers, no tables.
"""

from .equipment import Equipment
from .events import Coverage, Event, Lost, NamedChange, Unequipped
from .installation import install, remove, status
from .pace import Periods
from .watcher import Watcher

__all__ = [
    "Coverage",
    "Equipment",
    "Event",
    "Lost",
    "NamedChange",
    "Periods",
    "Unequipped",
    "Watcher",
    "install",
    "remove",
    "status",
]

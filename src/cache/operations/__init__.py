"""What operators may order: forget, read beforehand, explain, describe.

Each works on one repository of this process. `Operations` carries orders to all
processes that serve it.
"""

from .execution import INVALIDATE, STATUS, WARM
from .explanation import explain
from .invalidation import invalidate
from .operations import SERVER_PREFIX, Operations, Silent
from .outcome import Outcome
from .progress import Progress
from .selection import require_names
from .status import describe, describe_stream
from .warming import Warming

__all__ = [
    "INVALIDATE",
    "SERVER_PREFIX",
    "STATUS",
    "WARM",
    "Operations",
    "Outcome",
    "Progress",
    "Silent",
    "Warming",
    "describe",
    "describe_stream",
    "explain",
    "invalidate",
    "require_names",
]

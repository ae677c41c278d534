"""What was declared permanent, and whether it really is.

`Permanence` takes the mark from what has changed after all, and remembers that over
restarts; `SelfCheck` looks for changes that nobody told of.
"""

from .permanence import Permanence
from .remembered import RememberedThings
from .self_check import Pace, SelfCheck

__all__ = ["Pace", "Permanence", "RememberedThings", "SelfCheck"]

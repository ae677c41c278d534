"""How the commands for readers ask a server, and show what it has.

They are a thin skin on `butlery.client`, which they import when they run.
"""

from .options import limit_option, reading_options
from .wanted import Wanted, wanted_datasets

__all__ = ["Wanted", "limit_option", "reading_options", "wanted_datasets"]

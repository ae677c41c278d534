"""The ``butlery`` command.

One module per sub-command under ``commands``; heavy imports happen inside them, so
that ``--help`` answers at once.
"""

from .main import main

__all__ = ["main"]

"""Folders of release indexes: publishing, checking, cleaning up."""

from .checking import Progress, State
from .library import IndexLibrary

__all__ = ["IndexLibrary", "Progress", "State"]

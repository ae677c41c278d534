"""The hottest lookups, answered without the framework.

`Direct` stands in front of the application and passes on all that it does not know.
"""

from .direct import Direct

__all__ = ["Direct"]

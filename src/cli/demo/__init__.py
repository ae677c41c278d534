"""A small, real repository to try things on, built in a few seconds.

Importing this package imports nothing heavy. `build_demo` needs the ``demo`` extra
and says so when it is missing; what it builds, any stock ``lsst-daf-butler`` with
NumPy, pyarrow and Astropy reads back as Python objects.
"""

from .build import build_demo
from .errors import DemoExtraMissingError, RepositoryExistsError
from .summary import DemoSummary, Example

__all__ = [
    "DemoExtraMissingError",
    "DemoSummary",
    "Example",
    "RepositoryExistsError",
    "build_demo",
]

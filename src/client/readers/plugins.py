"""Readers of installed packages, from the entry point group `butlery.readers`.

An entry point names a function that is called with an empty `Readers`, and registers
what it has. One that fails is named in a warning, and takes nothing from the others.
Packages are installed by the user; a server has no say in what is loaded.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .errors import ReaderWarning
from .reader import Reader

if TYPE_CHECKING:
    from .registry import Key, Readers

GROUP = "butlery.readers"


def plugged_in(empty: "Callable[[], Readers]") -> "Iterator[tuple[Key, Reader]]":
    """Yield what installed packages register.

    Parameters
    ----------
    empty
        Makes a table for an entry point to fill.
    """
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=GROUP):
        readers = empty()
        try:
            entry_point.load()(readers)
        # Whatever is wrong with another package must not stop this one.
        except Exception as error:  # noqa: BLE001
            text = f"Entry point {entry_point.name!r} of {GROUP} does not work: {error}"
            warnings.warn(f"{text} ({entry_point.value})", ReaderWarning, stacklevel=4)
        else:
            yield from readers.entries()

"""Globs over names: ``*``, ``?`` and ``[…]`` as in Python's `fnmatch`.

Case-sensitive, matched against the whole name, ``/`` is an ordinary character.
Translated patterns use atomic groups, so that matching never backtracks: its time
is bounded by pattern length times name length.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import translate

from .errors import BadRequestError
from .limits import MAX_GLOB_CHARACTERS, MAX_GLOBS


@dataclass(frozen=True, slots=True)
class NameExpression:
    """A list of names and globs, taken apart.

    Parameters
    ----------
    everything
        A lone ``*`` is in the list; the rest of it then counts for nothing.
    names
        Explicit names in order, each once.
    globs
        Patterns in order.
    """

    everything: bool
    names: tuple[str, ...]
    globs: tuple[str, ...]

    @classmethod
    def parse(cls, terms: Sequence[str]) -> "NameExpression":
        """Sort ``terms`` into names and globs.

        Raises
        ------
        BadRequestError
            If there are more globs than `MAX_GLOBS`, or longer ones than
            `MAX_GLOB_CHARACTERS`.
        """
        if "*" in terms:
            return cls(everything=True, names=(), globs=())
        names = dict.fromkeys(t for t in terms if not is_glob(t))
        globs = dict.fromkeys(t for t in terms if is_glob(t))
        if len(globs) > MAX_GLOBS:
            raise BadRequestError(
                f"{len(globs)} globs in one expression are too many; at most "
                f"{MAX_GLOBS} are allowed"
            )
        if any(len(glob) > MAX_GLOB_CHARACTERS for glob in globs):
            raise BadRequestError(
                f"a glob is too long; at most {MAX_GLOB_CHARACTERS} characters are "
                "allowed"
            )
        return cls(everything=False, names=tuple(names), globs=tuple(globs))

    @property
    def has_globs(self) -> bool:
        """Whether anything but explicit names is asked for."""
        return self.everything or bool(self.globs)

    def matcher(self) -> Callable[[str], bool]:
        """Return a predicate that tells whether any glob matches a name."""
        if self.everything:
            return lambda _: True
        patterns = [re.compile(translate(glob)) for glob in self.globs]
        return lambda name: any(p.match(name) is not None for p in patterns)


def is_glob(term: str) -> bool:
    """Tell whether ``term`` is a glob rather than a name: in linear time.

    No regular expression: it would look for the end of each bracket anew.
    """
    if "*" in term or "?" in term:
        return True
    # Brackets are a pair within one line, as the stock server has it.
    return "[" in term and any(
        0 <= line.find("[") < line.rfind("]") for line in term.split("\n")
    )

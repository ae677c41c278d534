"""What the reader of a general query sees, in a form that decides by itself.

A query worker knows neither users nor rules: the web process says which names of
collections and which nights are seen. Equal sights are equal values, so that a worker
can keep things by them.
"""

import msgspec

from .embargo import Embargo


class NameTerm(msgspec.Struct, frozen=True):
    """Names of collections that are seen, or not.

    Parameters
    ----------
    text
        What the names begin with, or the only name.
    is_whole
        Whether it is the only name.
    is_seen
        Whether they are seen.
    """

    text: str
    is_whole: bool
    is_seen: bool

    def fits(self, name: str) -> bool:
        """Tell whether it is about a name."""
        return name == self.text if self.is_whole else name.startswith(self.text)


class QuerySight(msgspec.Struct, frozen=True):
    """What a reader sees.

    Parameters
    ----------
    terms
        The first that fits a name counts; the last fits all.
    embargoes
        What they do not see yet of the collections that they see.
    """

    terms: tuple[NameTerm, ...]
    embargoes: tuple[Embargo, ...] = ()

    def sees(self, name: str) -> bool:
        """Tell whether a collection is seen."""
        return next((term.is_seen for term in self.terms if term.fits(name)), False)

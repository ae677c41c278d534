"""What a store's URL is signed for: how long it works, and for which method."""

from enum import Enum

import msgspec


class Purpose(Enum):
    """Who uses a URL, and when; the value is its HTTP method."""

    PUBLIC = ("GET", 0)
    """A client, for what everybody may see."""
    PRIVATE = ("GET", 1)
    """A client, for what not everybody may see."""
    AT_ONCE = ("GET", 2)
    """This server itself, or a client that it redirects."""
    PROBE = ("HEAD", 3)
    """This server itself, to look whether a file is there."""

    @property
    def method(self) -> str:
        """The one method that the signature admits."""
        return self.value[0]


class Lifetimes(msgspec.Struct, frozen=True):
    """How long URLs work, in seconds.

    Parameters
    ----------
    public, private
        Those that clients get, of what everybody may see and of everything else.
    at_once
        Those that are used at once.
    """

    public: int = 3600
    private: int = 3600
    at_once: int = 300

    def of(self, purpose: Purpose) -> int:
        """Return the lifetime of a URL."""
        if purpose is Purpose.PUBLIC:
            return self.public
        if purpose is Purpose.PRIVATE:
            return self.private
        return self.at_once

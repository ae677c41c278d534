"""What of a repository its user has seen, so that no server shows less.

Every answer names the state it was given from, and every request asks for one at
least as new. Answers that come back out of order name states which only a server can
compare: then all of them are asked for, until an answer covers them.
"""

from collections.abc import Mapping

ASK = "butlery-at-least"
TOLD = "butlery-revision"

_MOST_BYTES = 2_000  # of one; some 100 have been seen
_MOST_AT_A_TIME = 8


class Revisions:
    """Tokens of the states that answers were given from.

    Threads may share it: tokens are replaced as a whole.
    """

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """What a request asks for; empty if nothing was seen."""
        return " ".join(self._seen)

    def saw(self, headers: Mapping[str, str], asked: str) -> None:
        """Take note of an answer.

        Parameters
        ----------
        headers
            That it had.
        asked
            What its request asked for: it is at least as new as all of these.
        """
        told = headers.get(TOLD, "")
        if not is_token(told) or len(told) > _MOST_BYTES or told == asked:
            return
        covered = asked.split(" ")
        others = [each for each in self._seen if each not in covered and each != told]
        self._seen = (*others[1 - _MOST_AT_A_TIME :], told)

    def forget(self) -> None:
        """Begin anew: the database has begun another life."""
        self._seen = ()


def is_token(value: str) -> bool:
    """Tell whether something that a server sent can be sent back in a header.

    A line that goes on in the next one comes as one value, with the break in it.
    """
    return bool(value) and value.isascii() and value.isprintable() and " " not in value

"""Revision tokens: which state of a repository an answer was given from.

A client sends one back to demand an answer at least as new, from any server. Tokens of
another repository, or of another life of its database, are compared with nothing.
"""

from dataclasses import dataclass
from typing import Self

from ..protocol.errors import BadRequestError, ForeignRevisionError
from ..registry import LSN, Moment, covers, position

_MOST = 16  # tokens in one demand; requests at the same time may each have brought one


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of a repository.

    Parameters
    ----------
    repository
        Identity of the repository.
    epoch
        The database node and its life, or the identity of an SQLite file.
    gate
        What the gate said.
    """

    repository: str
    epoch: str
    gate: str

    @classmethod
    def of(cls, repository: str, moment: Moment) -> Self:
        """Return the revision of a repository at a moment."""
        return cls(repository, moment.node, moment.text)

    @classmethod
    def parse(cls, token: str) -> Self:
        """Return the revision that a token stands for.

        Raises
        ------
        BadRequestError
            If it is none.
        """
        parts = token.strip().split("/", 2)
        if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - as in `token`
            raise BadRequestError(
                "Butlery-At-Least: not a revision token; send back what an answer's "
                "Butlery-Revision said."
            )
        return cls(*parts)

    @classmethod
    def parse_all(cls, demand: str) -> list[Self]:
        """Return the revisions that a client wants its answer to be as new as.

        Raises
        ------
        BadRequestError
            If they are none, too many, or something else.
        """
        tokens = demand.split()
        if len(tokens) > _MOST:
            raise BadRequestError(
                f"Butlery-At-Least: {len(tokens)} revision tokens; at most {_MOST} are "
                "allowed"
            )
        return [cls.parse(token) for token in tokens or [""]]

    @property
    def token(self) -> str:
        """The text that is sent."""
        return f"{self.repository}/{self.epoch}/{self.gate}"

    def is_reached_by(self, other: "Revision") -> bool:
        """Tell whether everything visible here is visible there.

        Raises
        ------
        ForeignRevisionError
            If the two cannot be compared.
        """
        if (self.repository, self.epoch) != (other.repository, other.epoch):
            raise ForeignRevisionError(
                "Butlery-At-Least: this revision is of another repository, or of an "
                "earlier life of its database; ask without it."
            )
        if self.gate == other.gate:
            return True
        if self.gate.startswith(LSN) != other.gate.startswith(LSN):
            raise ForeignRevisionError(
                "Butlery-At-Least: this revision is of before the database became a "
                "primary, or a standby; ask without it."
            )
        if self.gate.startswith(LSN):
            return _position(self.gate) <= _position(other.gate)
        return covers(other.gate, self.gate)


def _position(gate: str) -> tuple[int, int]:
    """Return a WAL position, or more than any if it is none."""
    try:
        return position(gate)
    except ValueError:
        return (2**64, 0)

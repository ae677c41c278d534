"""One repository as calls see it: whom to ask, and what its user has set."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ...protocol.dimensions import UniverseResponse
from ...protocol.scalars import DataIdValue
from ..connection.failures import UnusableAnswerError
from ..connection.messages import Call
from ..connection.session import Session
from ..errors import NoDefaultCollectionError
from ..model import Shapes
from ..universe import Universe
from .arguments import names_of
from .defaults import Defaults, infer_defaults

if TYPE_CHECKING:
    from ..readers import Readers


class Repository:
    """What all calls of one Butler share.

    Parameters
    ----------
    session
        Of the server.
    defaults
        In place of what a call does not say.
    readers
        That turn files into objects; `None` for those that come with the client.
    """

    def __init__(
        self, session: Session, defaults: Defaults, readers: "Readers | None" = None
    ) -> None:
        self.session = session
        self.defaults = defaults
        self._readers = readers
        self._shapes: Shapes | None = None

    def with_defaults(self, defaults: Defaults) -> "Repository":
        """Return the same repository with other defaults."""
        other = Repository(self.session, defaults, self._readers)
        other._shapes = self._shapes
        return other

    @property
    def readers(self) -> "Readers":
        """What turns files into objects."""
        if self._readers is None:
            from ..readers import Readers

            self._readers = Readers()
        return self._readers

    def shapes(self) -> Call[Shapes]:
        """Return what makes objects of answers; asks for the universe once."""
        if self._shapes is None:
            answer = yield from self.session.get("universe", UniverseResponse)
            try:
                self._shapes = Shapes(Universe.from_wire(answer.universe))
            except (msgspec.ValidationError, LookupError) as error:
                raise UnusableAnswerError(f"no universe came: {error}") from error
        return self._shapes

    def default_data_id(self) -> Call[Mapping[str, DataIdValue]]:
        """Return values that data IDs need not give; found out once."""
        if self.defaults.data_id is None:
            self.defaults.data_id = yield from infer_defaults(
                self.session, self.defaults
            )
        return self.defaults.data_id

    def collections(self, given: Any) -> list[str]:
        """Return the names and globs to search: those given, or the defaults.

        Raises
        ------
        NoDefaultCollectionError
            If there are neither.
        TypeError
            If they are something else.
        """
        if given is None:
            if not self.defaults.collections:
                raise NoDefaultCollectionError(
                    "no collections were given, and this Butler has no default ones: "
                    "pass collections=..."
                )
            return list(self.defaults.collections)
        return names_of(given)

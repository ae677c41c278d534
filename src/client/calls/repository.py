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
from .defaults import Defaults, infer_defaults

if TYPE_CHECKING:
    from ..readers import Readers


_PLAIN = frozenset({bool, float, int, str})


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


def names_of(given: Any) -> list[str]:
    """Return names and globs as a list.

    Raises
    ------
    TypeError
        If they are something else, such as regular expressions.
    """
    if given is ...:
        return ["*"]
    if isinstance(given, str):
        return [str(given)]
    names = list(given)
    for each in names:
        if not isinstance(each, str):
            raise TypeError(f"{each!r} is neither the name of a collection nor a glob")
    return [str(each) for each in names]  # NumPy has texts of its own


def data_id_of(
    data_id: Mapping[str, Any] | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a data ID as it is sent: keywords count more than the mapping.

    Raises
    ------
    TypeError
        If it is no mapping, or has values that no dimension has.
    """
    given = {} if data_id is None else getattr(data_id, "mapping", data_id)
    if not isinstance(given, Mapping):
        raise TypeError(f"{data_id!r} is no data ID: give a mapping of dimensions")
    return {str(key): _plain(key, v) for key, v in {**given, **more}.items()}


def _plain(key: str, value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str(value)
    item = getattr(value, "item", None)  # a scalar of NumPy
    if item is not None and type(item()) in _PLAIN:
        return item()
    raise TypeError(f"{key}={value!r} is neither a number nor a text")

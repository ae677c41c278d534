"""What a user has set for all calls: collections, and values of governor dimensions.

The stock client asks for them when it is made; here they are found out by the first
call that needs them.
"""

from collections.abc import Mapping
from typing import Any

from ...protocol.collections import CollectionSummaryResponse
from ...protocol.dimensions import DimensionRecord, ExpandDataIdResponse
from ...protocol.globs import is_glob
from ...protocol.scalars import DataIdValue
from ..connection.messages import Call
from ..connection.session import Session
from ..errors import MissingCollectionError
from .arguments import data_id_of, names_of


class Defaults:
    """Of one Butler.

    Parameters
    ----------
    collections
        Names, in search order; or one, or none.
    given
        Values of governor dimensions.
    infer
        Whether values that all default collections share are taken from them.

    Raises
    ------
    ValueError
        If a collection is a glob.
    TypeError
        If it is no name, or a value is none that dimensions have.
    """

    def __init__(
        self,
        collections: Any = None,
        given: Mapping[str, DataIdValue] | None = None,
        *,
        infer: bool = True,
    ) -> None:
        names = () if collections is None else names_of(collections)
        globs = [name for name in names if is_glob(name)]
        if globs:
            raise ValueError(f"default collections are names, not globs: {globs}")
        self.collections = tuple(names)
        self.given = data_id_of(given, {})
        self.infer = infer
        self.data_id: Mapping[str, DataIdValue] | None = None
        """Values of governor dimensions; `None` until they are found out."""
        self.records: Mapping[str, DimensionRecord] | None = None
        """Dimension records of these values, as they are on the wire."""

    @property
    def needs_nothing(self) -> bool:
        """Whether there is nothing to find out."""
        return not self.given and not (self.infer and self.collections)

    def but(self, collections: Any, infer: Any, given: Any) -> "Defaults":
        """Return the same with changes; ``...`` stands for none."""
        return Defaults(
            self.collections if collections is ... else collections,
            self.given if given is ... else given,
            infer=self.infer if infer is ... else infer,
        )

    def __repr__(self) -> str:
        values = "".join(f", {k}={v!r}" for k, v in self.given.items())
        return f"collections={list(self.collections)}{values}"


def infer_defaults(
    session: Session, defaults: Defaults
) -> Call[Mapping[str, DataIdValue]]:
    """Return values of governor dimensions: those given, and those that are unique.

    Raises
    ------
    DataIdValueError
        If one that was given does not exist.
    """
    if defaults.needs_nothing:
        return {}
    values = dict(defaults.given)
    if defaults.infer:
        for name, found in (yield from _governors(session, defaults)).items():
            if len(found) == 1:
                values.setdefault(name, *found)
    if values:
        body = {"data_id": values}
        answer = yield from session.post("expand_data_id", body, ExpandDataIdResponse)
        defaults.records = answer.data_coordinate.records
        return answer.data_coordinate.data_id
    return values


def _governors(
    session: Session, defaults: Defaults
) -> Call[Mapping[str, set[DataIdValue]]]:
    found: dict[str, set[DataIdValue]] = {}
    for name in defaults.collections:
        try:
            answer = yield from session.get(
                "collection_summary", CollectionSummaryResponse, name=name
            )
        except MissingCollectionError:
            continue
        for governor, values in answer.summary.governors.items():
            found.setdefault(governor, set()).update(values)
    return found

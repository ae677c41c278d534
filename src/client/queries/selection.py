"""What a user may say about the results of any query, and where it is asked."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ...protocol.scalars import DataIdValue
from ..universe import Universe


class Scope(msgspec.Struct, frozen=True):
    """What a query takes from the one who asks all queries.

    Parameters
    ----------
    universe
        Dimensions of the repository.
    default_data_id
        Governor values for queries that do not mention them.
    default_records
        Records of that data ID as they are on the wire, if they are known.
    """

    universe: Universe
    default_data_id: Mapping[str, DataIdValue] = {}
    default_records: Mapping[str, Any] | None = None

    @property
    def default_data_coordinate(self) -> dict[str, Any]:
        """The default data ID as it is sent; all records of an empty one are known."""
        records = self.default_records if self.default_data_id else {}
        return {"dataId": self.default_data_id, "records": records}


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows are wanted, in which order, and how many.

    Parameters
    ----------
    where
        A condition in the expression language.
    bind
        Values for names in the condition.
    data_id
        Values by dimension.
    order_by
        Columns to sort by; ``-`` in front puts the largest first.
    limit
        Most rows; `None` for all, negative to learn whether there are more.
    """

    where: str = ""
    bind: Mapping[str, Any] = {}
    data_id: Mapping[str, Any] = {}
    order_by: str | Iterable[str] = ()
    limit: int | None = None

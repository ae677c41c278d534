"""Reads the few items that fit into a URL, each for itself."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from ...cache import Wanted
from ...protocol.batch import FindItem, ForAllItems
from ...protocol.dimensions import RequestDataId
from ...protocol.errors import BadRequestError
from ...protocol.limits import MAX_QUERY_ITEMS
from ...protocol.scalars import Timespan
from ..requests import AnyRequest, JsonBody, parse_uuid, query_flag
from .lookups import Lookups, read_each, wanted

_DATA_ID = JsonBody(RequestDataId)
_TIMESPAN: JsonBody[Timespan] = JsonBody(Timespan)  # type: ignore[arg-type]


def find_from_query(
    request: AnyRequest,
    dataset_type: str | None,
    collections: str | None,
    data_ids: Sequence[str],
    timespan: str | None,
) -> Lookups[Wanted]:
    """Return the lookups that a URL asks for.

    Parameters
    ----------
    collections
        Names and globs, with commas between them.
    data_ids
        JSON objects.
    timespan
        JSON array of begin and end.

    Raises
    ------
    BadRequestError
        If there are too many, or what holds for all cannot be understood.
    """
    _require_few(data_ids, "data_id")
    span = None
    if timespan is not None:
        span = _TIMESPAN.decode(timespan.encode(), "timespan")
    common = ForAllItems(
        dataset_type=UNSET if dataset_type is None else dataset_type,
        collections=UNSET if collections is None else collections.split(","),
        timespan=span,
    )

    def read(text: str) -> Wanted:
        data_id = _DATA_ID.decode(text.encode(), "data_id")
        return wanted(FindItem(data_id=data_id), data_id, common)

    return Lookups(
        read_each(data_ids, read), {}, query_flag(request, "dimension_records")
    )


def get_from_query(ids: Sequence[str]) -> Lookups[UUID | Wanted]:
    """Return the lookups by UUID that a URL asks for.

    Raises
    ------
    BadRequestError
        If there are too many.
    """
    _require_few(ids, "id")

    def read(text: str) -> UUID | Wanted:
        return parse_uuid(text, "id")

    return Lookups(read_each(ids, read), {})


def _require_few(items: Sequence[str], field: str) -> None:
    if len(items) > MAX_QUERY_ITEMS:
        raise BadRequestError(
            f"{field}: {len(items)} are too many for a URL, which may have "
            f"{MAX_QUERY_ITEMS}; send them as items of a POST."
        )

"""Reads the items of a body, each for itself."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET

from ...cache import Wanted
from ...protocol.batch import FindItem, ForAllItems, GetItem, MaxItems
from ...protocol.errors import BadRequestError
from ..requests import AnyRequest, JsonBody
from .lookups import Lookups, read_each, require_few_globs, wanted


class _FindLater(ForAllItems, frozen=True, kw_only=True):
    """A `FindDatasetsRequest` whose items are still to be decoded."""

    items: Annotated[list[msgspec.Raw], MaxItems]
    dimension_records: bool = False


class _GetLater(ForAllItems, frozen=True, kw_only=True):
    """A `GetFilesRequest` whose items are still to be decoded."""

    items: Annotated[list[msgspec.Raw], MaxItems]


_FIND_BODY = JsonBody(_FindLater)
_GET_BODY = JsonBody(_GetLater)
_FIND_ITEM = JsonBody(FindItem)
_GET_ITEM = JsonBody(GetItem)


async def find_from_body(request: AnyRequest) -> Lookups[Wanted]:
    """Return the lookups of a `FindDatasetsRequest`."""
    body = await _FIND_BODY.read(request)

    def read(raw: msgspec.Raw) -> Wanted:
        item = _FIND_ITEM.decode(raw)
        return wanted(item, item.data_id, body)

    items = read_each(body.items, read)
    require_few_globs(items)
    return Lookups(items, body.default_data_id, body.dimension_records)


async def get_from_body(request: AnyRequest) -> Lookups[UUID | Wanted]:
    """Return the lookups of a `GetFilesRequest`."""
    body = await _GET_BODY.read(request)

    def read(raw: msgspec.Raw) -> UUID | Wanted:
        item = _GET_ITEM.decode(raw)
        if item.data_id is UNSET and item.id is not UNSET:
            return item.id
        if item.data_id is not UNSET and item.id is UNSET:
            return wanted(item, item.data_id, body)
        raise BadRequestError("id: give either the dataset's id or a data_id.")

    items = read_each(body.items, read)
    require_few_globs(items)
    return Lookups(items, body.default_data_id)

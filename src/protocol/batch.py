"""Many lookups in one request, of the project's own API; one outcome for each item.

A value that an item gives counts more than the one that the request gives for all. Of
what there may be 10,000, nothing is for the garbage collector to look at.
"""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from .datasets import DatasetType
from .dimensions import DataId, DimensionRecord, RequestDataId
from .files import UrlAuth
from .limits import MAX_ITEMS, Names
from .scalars import Timespan

MaxItems = msgspec.Meta(max_length=MAX_ITEMS)

Outcome = Literal["found", "absent", "no_file", "bad_request"]
"""``absent``: there is no such dataset; ``no_file``: there is, and no file of it can be
handed out; ``bad_request``: the item makes no sense, ``detail`` says why."""


class FindItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One lookup by data ID; a null timespan says something, an absent one does not."""

    data_id: RequestDataId
    dataset_type: str | msgspec.UnsetType = msgspec.UNSET
    collections: Names | msgspec.UnsetType = msgspec.UNSET
    timespan: Timespan | msgspec.UnsetType | None = msgspec.UNSET


class GetItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One lookup of files: by ``id``, or by ``data_id`` and the rest."""

    id: UUID | msgspec.UnsetType = msgspec.UNSET
    data_id: RequestDataId | msgspec.UnsetType = msgspec.UNSET
    dataset_type: str | msgspec.UnsetType = msgspec.UNSET
    collections: Names | msgspec.UnsetType = msgspec.UNSET
    timespan: Timespan | msgspec.UnsetType | None = msgspec.UNSET


class ForAllItems(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a request says for all of its items."""

    dataset_type: str | msgspec.UnsetType = msgspec.UNSET
    collections: Names | msgspec.UnsetType = msgspec.UNSET
    default_data_id: RequestDataId = msgspec.field(default_factory=dict)
    timespan: Timespan | None = None


class FindDatasetsRequest(ForAllItems, frozen=True, kw_only=True, omit_defaults=True):
    """Body of ``POST find_datasets``."""

    items: Annotated[list[FindItem], MaxItems]
    dimension_records: bool = False


class GetFilesRequest(ForAllItems, frozen=True, kw_only=True, omit_defaults=True):
    """Body of ``POST get_files``."""

    items: Annotated[list[GetItem], MaxItems]


class ListedDataset(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A dataset; the definition of its type stands once in the whole answer.

    ``run`` is the RUN it was made in, ``records`` are there if they were asked for.
    """

    id: UUID
    dataset_type: str
    run: str
    data_id: DataId
    records: dict[str, DimensionRecord] | None = None


class ListedFile(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A file, and how to read it.

    ``size`` is in bytes, null if unknown; ``expires`` is when the URL stops working, as
    ISO 8601 in UTC, null if it lasts; ``path`` is relative to its datastore; ``auth``
    is there only if the URL needs the client's own credentials for the datastore, and
    ``checksum``, hexadecimal, only if one is recorded.
    """

    url: str
    size: int | None
    media_type: str
    expires: str | None
    component: str | None
    formatter: str
    storage_class: str
    path: str
    auth: UrlAuth = "none"
    checksum: str | None = None


class FindOutcome(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What became of one item; ``detail`` and ``error_type`` as in a single error."""

    outcome: Outcome
    dataset: ListedDataset | None = None
    detail: str | None = None
    error_type: str | None = None


class GetOutcome(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The same, with the files: one, or one per component."""

    outcome: Outcome
    dataset: ListedDataset | None = None
    files: list[ListedFile] | None = None
    detail: str | None = None
    error_type: str | None = None


class FindDatasetsResponse(msgspec.Struct, frozen=True):
    """Answer of ``find_datasets``: outcomes in the order of the items."""

    items: list[FindOutcome]
    dataset_types: dict[str, DatasetType]


class GetFilesResponse(msgspec.Struct, frozen=True):
    """Answer of ``get_files``: outcomes in the order of the items."""

    items: list[GetOutcome]
    dataset_types: dict[str, DatasetType]

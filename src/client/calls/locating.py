"""Finds out where the files of datasets are: of one, or of many at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from ...protocol.batch import GetFilesRequest, GetFilesResponse, GetItem, GetOutcome
from ...protocol.files import GetFileResponse
from ..connection.messages import Call
from ..errors import ButlerServerError, ButlerUserError, DatasetNotFoundError
from ..files.located import Located
from ..model import name_of, split_name, wire_timespan
from .arguments import data_id_of
from .batches import in_batches, refusal, require_all
from .files import files_of, find_files
from .lookups import uuid_of
from .repository import Repository


class Stored(msgspec.Struct, frozen=True):
    """A dataset that has files.

    Parameters
    ----------
    id
        Its UUID.
    storage_class
        That its type is defined with.
    files
        One, or one for each component.
    """

    id: UUID
    storage_class: str
    files: list[Located]


def locate(
    repository: Repository,
    dataset: Any,
    data_id: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    *,
    collections: Any,
    timespan: Any,
) -> Call[Stored]:
    """Return a dataset and its files.

    Raises
    ------
    DatasetNotFoundError
        If there is no such dataset, or no file of it.
    """
    found = yield from find_files(
        repository,
        dataset,
        data_id,
        more,
        collections=collections,
        timespan=timespan,
    )
    return _stored(found)


def locate_many(
    repository: Repository,
    datasets: Sequence[Any],
    dataset_type: Any,
    *,
    collections: Any,
    timespan: Any,
) -> Call[list[Stored | Exception]]:
    """Return datasets and their files, or why there are none, in their order.

    Parameters
    ----------
    datasets
        References or UUIDs; or data IDs, of datasets of one type.
    """
    if dataset_type is None and any(isinstance(each, Mapping) for each in datasets):
        raise TypeError("data IDs alone name no datasets: give dataset_type as well")
    common: dict[str, Any] = {}
    if dataset_type is not None:
        common = {
            "dataset_type": split_name(name_of(dataset_type))[0],
            "collections": repository.collections(collections),
            "timespan": wire_timespan(timespan),
            "default_data_id": dict((yield from repository.default_data_id())),
        }

    def ask(items: Sequence[Any]) -> Call[list[Stored | Exception]]:
        body = GetFilesRequest(items=[_item(each) for each in items], **common)
        answer = yield from repository.session.post(
            "get_files", body, GetFilesResponse, own=True
        )
        require_all(answer, items)
        kinds = {k: v.storage_class for k, v in answer.dataset_types.items()}
        return [
            _outcome(item, outcome, kinds)
            for item, outcome in zip(items, answer.items, strict=True)
        ]

    def ask_one(item: Any) -> Call[Stored | Exception]:
        try:
            if not isinstance(item, Mapping):
                return (yield from _locate_by_id(repository, uuid_of(item)))
            return (
                yield from locate(
                    repository,
                    dataset_type,
                    item,
                    {},
                    collections=collections,
                    timespan=timespan,
                )
            )
        except (ButlerUserError, ButlerServerError) as error:
            return error

    return (yield from in_batches(repository.session, datasets, ask, ask_one))


def _locate_by_id(repository: Repository, id: UUID) -> Call[Stored]:
    found = yield from repository.session.get(f"get_file/{id}", GetFileResponse)
    return _stored(found)


def _item(given: Any) -> GetItem:
    if isinstance(given, Mapping):
        return GetItem(data_id=data_id_of(given, {}))
    return GetItem(id=uuid_of(given))


def _stored(found: GetFileResponse) -> Stored:
    ref = found.dataset_ref
    return Stored(ref.id, ref.dataset_type.storage_class, files_of(found))


def _outcome(
    item: Any, outcome: GetOutcome, kinds: Mapping[str, str]
) -> Stored | Exception:
    listed = outcome.dataset
    if listed is None:
        if outcome.outcome == "bad_request":
            return refusal(outcome)
        return DatasetNotFoundError(f"there is no dataset {item!r}")
    if not outcome.files:
        why = outcome.detail or "it has no files"
        return DatasetNotFoundError(f"dataset {listed.id} is known, but {why}")
    files = [Located.of_many(listed.id, each) for each in outcome.files]
    return Stored(listed.id, kinds.get(listed.dataset_type, ""), files)

"""Finds many datasets by their data IDs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...protocol.batch import FindDatasetsRequest, FindDatasetsResponse, FindItem
from ...protocol.dimensions import RequestDataId
from ..connection.messages import Call
from ..errors import ButlerServerError, ButlerUserError
from ..model import DatasetRef, Shapes, name_of, split_name, wire_timespan
from .arguments import data_id_of
from .batches import in_batches, naming, refusal, require_all
from .lookups import as_asked, find_dataset
from .repository import Repository

_Found = DatasetRef | None | Exception


def find_many(
    repository: Repository,
    dataset_type: Any,
    data_ids: Iterable[Mapping[str, Any]],
    *,
    collections: Any,
    timespan: Any,
    dimension_records: bool,
) -> Call[list[DatasetRef | None]]:
    """Return the first dataset for each data ID, or `None`, in their order.

    Raises
    ------
    ButlerUserError, ButlerServerError
        What the first data ID that makes no sense would raise by itself.
    """
    given = list(data_ids)
    shapes = yield from repository.shapes()
    whole, component = split_name(name_of(dataset_type))
    names = repository.collections(collections)
    span = wire_timespan(timespan)
    default_data_id: RequestDataId = dict((yield from repository.default_data_id()))

    def ask(items: Sequence[Mapping[str, Any]]) -> Call[list[_Found]]:
        body = FindDatasetsRequest(
            dataset_type=whole,
            collections=names,
            timespan=span,
            default_data_id=default_data_id,
            dimension_records=dimension_records,
            items=[FindItem(data_id=data_id_of(each, {})) for each in items],
        )
        answer = yield from repository.session.post(
            "find_datasets", body, FindDatasetsResponse, own=True
        )
        require_all(answer, items)
        return _made(answer, shapes, component)

    def ask_one(item: Mapping[str, Any]) -> Call[_Found]:
        try:
            return (
                yield from find_dataset(
                    repository,
                    dataset_type,
                    item,
                    {},
                    collections=collections,
                    timespan=timespan,
                    storage_class=None,
                    dimension_records=dimension_records,
                )
            )
        except (ButlerUserError, ButlerServerError) as error:
            return error

    found = yield from in_batches(repository.session, given, ask, ask_one)
    return [_or_raise(given, index, each) for index, each in enumerate(found)]


def _made(
    answer: FindDatasetsResponse, shapes: Shapes, component: str | None
) -> list[_Found]:
    kinds = {n: shapes.dataset_type(kind) for n, kind in answer.dataset_types.items()}
    found: list[_Found] = []
    for outcome in answer.items:
        listed = outcome.dataset
        if listed is not None:
            kind = kinds[listed.dataset_type]
            ref = shapes.listed(
                listed.id, kind, listed.run, listed.data_id, listed.records
            )
            found.append(ref if component is None else as_asked(ref, component, None))
        else:
            bad = outcome.outcome == "bad_request"
            found.append(refusal(outcome) if bad else None)
    return found


def _or_raise(
    given: Sequence[Mapping[str, Any]], index: int, found: _Found
) -> DatasetRef | None:
    if isinstance(found, Exception):
        raise naming(found, index, given[index])
    return found

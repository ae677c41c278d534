"""Answers of the fake server to many lookups at once, of the project's own API."""

from collections.abc import Sequence
from mimetypes import guess_type
from typing import Any, TypeVar

from msgspec import UNSET

from ...protocol.batch import (
    FindDatasetsRequest,
    FindItem,
    FindOutcome,
    ForAllItems,
    GetFilesRequest,
    GetItem,
    GetOutcome,
    ListedDataset,
    ListedFile,
)
from .answers import Answers, read
from .content import Content, Dataset
from .refusals import RefusedError

_T = TypeVar("_T", FindOutcome, GetOutcome)
_Found = Dataset | RefusedError | None


class BatchAnswers:
    """Of one repository.

    Parameters
    ----------
    content
        It holds.
    answers
        To single lookups.
    """

    def __init__(self, content: Content, answers: Answers) -> None:
        self._content = content
        self._answers = answers

    def find_datasets(self, body: bytes) -> Any:
        """Answer ``POST find_datasets``."""
        asked = read(body, FindDatasetsRequest)
        found = [self._look(item, asked) for item in asked.items]
        items = [
            FindOutcome("found", self._listed(each, True, asked.dimension_records))
            if isinstance(each, Dataset)
            else _failed(FindOutcome, each)
            for each in found
        ]
        return {"items": items, "dataset_types": _types(found)}

    def get_files(self, body: bytes) -> Any:
        """Answer ``POST get_files``."""
        asked = read(body, GetFilesRequest)
        by_data_id = [item.id is UNSET for item in asked.items]
        found = [self._look(item, asked) for item in asked.items]
        items = [
            GetOutcome("found", self._listed(each, is_full), [self._file(each)])
            if isinstance(each, Dataset)
            else _failed(GetOutcome, each)
            for each, is_full in zip(found, by_data_id, strict=True)
        ]
        return {"items": items, "dataset_types": _types(found)}

    def _look(self, item: FindItem | GetItem, asked: ForAllItems) -> _Found:
        """Return what became of one item: errors are its own."""
        if isinstance(item, GetItem) and item.id is not UNSET:
            return self._content.datasets.get(item.id)
        name = asked.dataset_type if item.dataset_type is UNSET else item.dataset_type
        where = asked.collections if item.collections is UNSET else item.collections
        if name is UNSET or where is UNSET or item.data_id is UNSET:
            return RefusedError(422, {"detail": "an item says too little"})
        try:
            return self._answers.search(
                name, item.data_id, asked.default_data_id, where
            )
        except RefusedError as refused:
            return refused

    def _listed(
        self, found: Dataset, full: bool, with_records: bool = False
    ) -> ListedDataset:
        ref = self._answers.ref(found, full, with_records)
        values, records = (
            ref.data_id.data_id,
            ref.data_id.records if with_records else None,
        )
        return ListedDataset(ref.id, ref.dataset_type.name, ref.run, values, records)

    def _file(self, found: Dataset) -> ListedFile:
        url, file = self._answers.file_of(found).url, found.file
        return ListedFile(
            url,
            file.file_size,
            guess_type(file.path)[0] or "application/octet-stream",
            None,
            None,
            file.formatter,
            file.storage_class,
            file.path,
        )


def _failed(kind: type[_T], found: RefusedError | None) -> _T:
    if found is None:
        return kind("absent")
    detail, error_type = found.body["detail"], found.body.get("error_type")
    return kind("bad_request", detail=detail, error_type=error_type)


def _types(found: Sequence[_Found]) -> dict[str, Any]:
    return {each.type.name: each.type for each in found if isinstance(each, Dataset)}

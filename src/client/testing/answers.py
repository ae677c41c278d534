"""Answers of the fake server to lookups: one method for each route."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec

from ...protocol.collections import CollectionInfo, QueryCollectionInfoRequest
from ...protocol.datasets import (
    DatasetIdsRequest,
    DatasetRef,
    FindDatasetRequest,
    QueryDatasetTypesRequest,
)
from ...protocol.dimensions import DataCoordinate, ExpandDataIdRequest
from ...protocol.files import FileArtifact, FileInfo, GetFileByDataIdRequest
from ...protocol.globs import NameExpression
from .content import Content, Dataset
from .refusals import RefusedError, butler_error
from .searches import by_id, find, listed, standardized, summary_of

_T = TypeVar("_T", bound=msgspec.Struct)


class Answers:
    """Of one repository.

    Parameters
    ----------
    content
        It holds.
    universe
        Its document.
    files
        URL below which its files are.
    """

    def __init__(
        self, content: Content, universe: Mapping[str, Any], files: str
    ) -> None:
        self._content = content
        self._universe = universe
        self._files = files

    def universe(self) -> Any:
        """Answer ``GET universe``."""
        return {"universe": self._universe}

    def dataset_type(self, name: str) -> Any:
        """Answer ``GET dataset_type/{name}``."""
        return {"dataset_type": self._content.type(name)}

    def dataset(self, id: str, dimension_records: str = "false") -> Any:
        """Answer ``GET dataset/{id}``."""
        found = self._content.datasets.get(uuid_of(id))
        with_records = dimension_records == "true"
        return {"dataset_ref": found and self.ref(found, with_records, with_records)}

    def datasets(self, body: bytes) -> Any:
        """Answer ``POST datasets``."""
        ids = dict.fromkeys(read(body, DatasetIdsRequest).dataset_ids)
        held = self._content.datasets
        rows = [self.ref(held[each]) for each in ids if each in held]
        return {"rows": rows, "type": "dataset_ref"}

    def find_dataset(self, body: bytes) -> Any:
        """Answer ``POST find_dataset``."""
        asked = read(body, FindDatasetRequest)
        found = self.search(
            asked.dataset_type, asked.data_id, asked.default_data_id, asked.collections
        )
        ref = found and self.ref(found, True, asked.dimension_records)
        return {"dataset_ref": ref}

    def get_file(self, id: str) -> Any:
        """Answer ``GET get_file/{id}``."""
        found = by_id(self._content, uuid_of(id))
        return {"dataset_ref": self.ref(found), "artifact": self._artifact(found)}

    def get_file_by_data_id(self, body: bytes) -> Any:
        """Answer ``POST get_file_by_data_id``."""
        asked = read(body, GetFileByDataIdRequest)
        found = self.search(
            asked.dataset_type, asked.data_id, asked.default_data_id, asked.collections
        )
        if found is None:
            values = ", ".join(f"{k}: {v!r}" for k, v in asked.data_id.items())
            raise butler_error(
                "dataset_not_found",
                f"Dataset {asked.dataset_type} with data ID {{{values}}} could not be "
                f"found in collections {asked.collections}.",
            )
        return {
            "dataset_ref": self.ref(found, True),
            "artifact": self._artifact(found),
        }

    def expand_data_id(self, body: bytes) -> Any:
        """Answer ``POST expand_data_id``."""
        given = read(body, ExpandDataIdRequest).data_id
        group = self._content.universe.group(given)
        values = self._content.records.expand(group, given)
        records = self._content.records.of(group, values)
        return {"data_coordinate": DataCoordinate(values, records)}

    def collection_summary(self, name: str) -> Any:
        """Answer ``GET collection_summary``."""
        return {"summary": summary_of(self._content, name)}

    def query_collection_info(self, body: bytes) -> Any:
        """Answer ``POST query_collection_info``."""
        asked = read(body, QueryCollectionInfoRequest)
        found = listed(self._content, asked.expression, flatten=asked.flatten_chains)
        shown = [
            each
            for each in found
            if each.type in asked.collection_types
            and (asked.include_chains or not each.children)
        ]
        return {"collections": [self._info(each.name, asked) for each in shown]}

    def query_dataset_types(self, body: bytes) -> Any:
        """Answer ``POST query_dataset_types``."""
        terms = NameExpression.parse(read(body, QueryDatasetTypesRequest).search)
        fits, held = terms.matcher(), self._content.types
        globbed = [name for name in held if terms.has_globs and fits(name)]
        names = dict.fromkeys([*(n for n in terms.names if n in held), *globbed])
        return {
            "dataset_types": [held[name] for name in names],
            "missing": [name for name in terms.names if name not in held],
        }

    def search(
        self,
        name: str,
        data_id: Mapping[str, Any],
        defaults: Mapping[str, Any],
        collections: list[str],
    ) -> Dataset | None:
        """Return the first dataset of a search."""
        kind = self._content.type(name)
        values = standardized(self._content, kind, data_id, defaults)
        return find(self._content, kind, values, collections)

    def ref(
        self, found: Dataset, full: bool = False, with_records: bool = False
    ) -> DatasetRef:
        """Return a dataset as it is told of, with all values or the required ones."""
        values, records = found.data_id, None
        if not full:
            values = {name: values[name] for name in found.type.dimensions}
        if with_records or not values:
            group = self._content.group(found.type)
            records = self._content.records.of(group, values)
        coordinate = DataCoordinate(values, records)
        return DatasetRef(found.id, found.type, coordinate, found.run)

    def file_of(self, found: Dataset) -> FileInfo:
        """Return where a file is."""
        path = quote(found.file.path)
        return FileInfo(f"{self._files}/{found.id}/{path}", found.file)

    def _artifact(self, found: Dataset) -> FileArtifact:
        return FileArtifact([self.file_of(found)])

    def _info(self, name: str, asked: QueryCollectionInfoRequest) -> CollectionInfo:
        one, parents, types = self._content.collections[name], None, None
        if asked.include_parents:
            every = self._content.collections.values()
            parents = tuple(each.name for each in every if name in each.children)
        if asked.include_summary:
            kinds = summary_of(self._content, name)["dataset_types"]
            wanted = asked.summary_datasets
            types = tuple(k.name for k in kinds if wanted is None or k.name in wanted)
        doc = one.doc if asked.include_doc else ""
        return CollectionInfo(name, one.type, doc, one.children, parents, types)


def read(body: bytes, kind: type[_T]) -> _T:
    """Return the body of a request.

    Raises
    ------
    RefusedError
        If it is something else.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise RefusedError(422, {"detail": [{"msg": str(error)}]}) from error


def uuid_of(text: str) -> UUID:
    """Return a UUID of a URL.

    Raises
    ------
    RefusedError
        If it is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise RefusedError(422, {"detail": [{"msg": str(error)}]}) from error

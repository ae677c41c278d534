"""Messages have exactly the fields of the stock client's own models."""

from importlib import import_module
from typing import Any

import msgspec
import pydantic
import pytest

from butlery.protocol import collections, datasets, dimensions, errors, files
from butlery.protocol.limits import MAX_DATASET_IDS
from butlery.protocol.scalars import encode_json

stock: Any = import_module("lsst.daf.butler.remote_butler.server_models")

ANSWERS: list[tuple[type[Any], Any]] = [
    (collections.CollectionInfo, stock.CollectionInfo),
    (collections.CollectionSummary, stock.SerializedCollectionSummary),
    (collections.CollectionSummaryResponse, stock.GetCollectionSummaryResponseModel),
    (collections.LegacyCollectionInfo, stock.GetCollectionInfoResponseModel),
    (collections.QueryCollectionInfoResponse, stock.QueryCollectionInfoResponseModel),
    (collections.QueryCollectionsResponse, stock.QueryCollectionsResponseModel),
    (datasets.DatasetRef, stock.SerializedDatasetRef),
    (datasets.DatasetRefResponse, stock.FindDatasetResponseModel),
    (datasets.DatasetRefsResponse, stock.GetManyDatasetsResponseModel),
    (datasets.DatasetType, stock.SerializedDatasetType),
    (datasets.DatasetTypeResponse, stock.GetDatasetTypeResponseModel),
    (datasets.QueryDatasetTypesResponse, stock.QueryDatasetTypesResponseModel),
    (dimensions.DataCoordinate, stock.SerializedDataCoordinate),
    (dimensions.DimensionRecord, stock.SerializedDimensionRecord),
    (dimensions.ExpandDataIdResponse, stock.ExpandDataIdResponseModel),
    (dimensions.UniverseResponse, stock.GetUniverseResponseModel),
    (errors.ErrorResponse, stock.ErrorResponseModel),
    (files.FileArtifact, stock.FileInfoPayload),
    (files.FileInfo, stock.FileInfoRecord),
    (files.FileTransferRecord, stock.FileTransferRecordModel),
    (files.FileTransferResponse, stock.GetFileTransferInfoResponseModel),
    (files.GetFileResponse, stock.GetFileResponseModel),
    (files.StoredFileInfo, stock.SerializedStoredFileInfo),
]

REQUESTS: list[tuple[type[Any], Any]] = [
    (collections.QueryCollectionInfoRequest, stock.QueryCollectionInfoRequestModel),
    (collections.QueryCollectionsRequest, stock.QueryCollectionsRequestModel),
    (datasets.DatasetIdsRequest, stock.GetManyDatasetsRequestModel),
    (datasets.DatasetIdsRequest, stock.GetFileTransferInfoRequestModel),
    (datasets.FindDatasetRequest, stock.FindDatasetRequestModel),
    (datasets.QueryDatasetTypesRequest, stock.QueryDatasetTypesRequestModel),
    (dimensions.ExpandDataIdRequest, stock.ExpandDataIdRequestModel),
    (files.GetFileByDataIdRequest, stock.GetFileByDataIdRequestModel),
]

_UUID = "e15ab039-bc8b-4135-87c5-90902a7c0b22"


def class_name(cls: Any) -> str:
    return getattr(cls, "__name__", "annotated")


@pytest.mark.parametrize(("ours", "theirs"), [*ANSWERS, *REQUESTS], ids=class_name)
def test_message_has_the_fields_of_the_stock_model(
    ours: type[Any], theirs: Any
) -> None:
    schema = pydantic.TypeAdapter(theirs).json_schema(by_alias=True)
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    written = {field.encode_name for field in msgspec.structs.fields(ours)}
    assert written == set(schema["properties"])


@pytest.mark.parametrize(("ours", "theirs"), REQUESTS, ids=class_name)
def test_field_is_required_where_the_stock_server_requires_it(
    ours: type[Any], theirs: Any
) -> None:
    required = {f.name for f in msgspec.structs.fields(ours) if f.required}
    fields = theirs.model_fields.items()
    assert required == {name for name, field in fields if field.is_required()}


def test_old_clients_are_not_sent_what_they_did_not_ask_for() -> None:
    info = collections.LegacyCollectionInfo("a", collections.CollectionType.RUN, [])
    assert encode_json(info) == b'{"name":"a","type":1,"children":[]}'
    with_doc = msgspec.structs.replace(info, doc=None, parents=["chain"])
    assert encode_json(with_doc).endswith(b'"doc":null,"parents":["chain"]}')


def test_ten_thousand_ids_are_a_request_and_one_more_is_not() -> None:
    body = encode_json({"dataset_ids": [_UUID] * MAX_DATASET_IDS})
    request = msgspec.json.decode(body, type=datasets.DatasetIdsRequest)
    assert len(request.dataset_ids) == 10_000
    too_many = encode_json({"dataset_ids": [_UUID] * (MAX_DATASET_IDS + 1)})
    with pytest.raises(msgspec.ValidationError, match="length <= 10000"):
        msgspec.json.decode(too_many, type=datasets.DatasetIdsRequest)

"""The direct routes: decode, look up, sign, encode, each as its twin in `routes`."""

from collections.abc import Awaitable, Callable, Hashable

from ...cache import Dataset
from ...protocol.datasets import DatasetRefResponse, FindDatasetRequest
from ...protocol.dimensions import ExpandDataIdRequest, ExpandDataIdResponse
from ...protocol.errors import DatasetNotFoundError
from ...protocol.files import GetFileByDataIdRequest
from ...protocol.scalars import encode_json
from ..caching import Caching, is_known, tag_of
from ..files.access_log import Endpoint, log_file_accesses
from ..requests import JsonBody, base_url, parse_uuid
from ..routes.datasets import wire_ref
from .call import Call
from .file_answer import FileAnswer

Handler = Callable[[Call, str, str | None], Awaitable[int]]
"""Answers a call, given the rest of the path and the server's configured URL."""

_FIND = JsonBody(FindDatasetRequest)
_BY_DATA_ID = JsonBody(GetFileByDataIdRequest)
_EXPAND = JsonBody(ExpandDataIdRequest)


async def find_dataset(call: Call, _: str, __: str | None) -> int:
    """Answer ``POST v1/find_dataset``."""

    async def find(raw: bytes) -> DatasetRefResponse:
        body = _FIND.decode_body(raw)
        dataset = await call.served.lookups.find_dataset(
            body.dataset_type,
            body.data_id,
            body.default_data_id,
            body.collections,
            body.timespan,
            records=body.dimension_records,
            trail=call.trail,
        )
        return DatasetRefResponse(None if dataset is None else wire_ref(dataset))

    return await _answer_body(call, "find_dataset", find)


async def expand_data_id(call: Call, _: str, __: str | None) -> int:
    """Answer ``POST v1/expand_data_id``."""

    async def expand(raw: bytes) -> ExpandDataIdResponse:
        body, lookups = _EXPAND.decode_body(raw), call.served.lookups
        expanded = await lookups.expand_data_id(body.data_id, trail=call.trail)
        return ExpandDataIdResponse(expanded.wire())

    return await _answer_body(call, "expand_data_id", expand)


async def _answer_body(
    call: Call, name: str, look_up: Callable[[bytes], Awaitable[object]]
) -> int:
    """Answer as the same body was answered before, or with what is looked up."""
    raw = await call.body()
    lookups = call.served.lookups
    key = (name, raw)
    content: bytes | None = lookups.recall(key, call.trail)
    if content is None:
        content = encode_json(await look_up(raw))
        lookups.remember(key, content, len(raw) + len(content), call.trail)
    await call.answer(content, Caching.CLIENT)
    return 200


async def get_dataset(call: Call, id_: str, __: str | None) -> int:
    """Answer ``GET v1/dataset/{id}``."""
    lookups = call.served.lookups
    query: bytes = call.scope["query_string"]
    key = ("dataset", id_, query)
    kept: tuple[bytes, str] | None = lookups.recall(key, call.trail)
    if kept is None:
        uuid = parse_uuid(id_, "id")
        records = call.query_flag("dimension_records")
        dataset = await lookups.get_dataset(uuid, records=records, trail=call.trail)
        ref = None if dataset is None else wire_ref(dataset)
        content = encode_json(DatasetRefResponse(ref))
        kept = content, tag_of(content)
        size = len(id_) + len(query) + len(content)
        lookups.remember(key, kept, size, call.trail)
    content, tag = kept
    status = 304 if is_known(call.scope, tag) else 200
    await call.answer(content, Caching.CLIENT, status=status, tag=tag)
    return status


async def get_file(call: Call, id_: str, public_url: str | None) -> int:
    """Answer ``GET v1/get_file/{id}``; the URL is signed anew each time."""
    key = ("get_file", id_)
    answer: FileAnswer | None = call.served.lookups.recall(key, call.trail)
    if answer is None:
        uuid = parse_uuid(id_, "dataset_id")
        dataset = await call.served.lookups.get_files(uuid, trail=call.trail)
        if dataset is None:
            raise DatasetNotFoundError(f"Dataset ID {uuid} not found")
        answer = _keep(call, key, dataset, len(id_))
    return await _hand_out(call, answer, public_url, "uuid")


async def get_file_by_data_id(call: Call, _: str, public_url: str | None) -> int:
    """Answer ``POST v1/get_file_by_data_id``."""
    raw = await call.body()
    key = ("get_file_by_data_id", raw)
    answer: FileAnswer | None = call.served.lookups.recall(key, call.trail)
    if answer is None:
        body = _BY_DATA_ID.decode_body(raw)
        dataset = await call.served.lookups.find_files(
            body.dataset_type,
            body.data_id,
            body.default_data_id,
            body.collections,
            body.timespan,
            trail=call.trail,
        )
        answer = _keep(call, key, dataset, len(raw))
    return await _hand_out(call, answer, public_url, "data-id")


def _keep(call: Call, key: Hashable, dataset: Dataset, key_bytes: int) -> FileAnswer:
    answer = FileAnswer(dataset, call.served.files)
    size = key_bytes + answer.size_bytes
    call.served.lookups.remember(key, answer, size, call.trail)
    return answer


async def _hand_out(
    call: Call, answer: FileAnswer, public_url: str | None, endpoint: Endpoint
) -> int:
    content = answer.encode(call.served.recipient(base_url(call, public_url)))
    label = call.served.repository.label
    log_file_accesses(call, label, [(answer.dataset, endpoint)])
    await call.answer(content, Caching.NOBODY)
    return 200


ROUTES: dict[tuple[str, str, int], tuple[Handler, str]] = {
    ("POST", "find_dataset", 3): (find_dataset, "find_dataset"),
    ("POST", "expand_data_id", 3): (expand_data_id, "expand_data_id"),
    ("POST", "get_file_by_data_id", 3): (get_file_by_data_id, "get_file_by_data_id"),
    ("GET", "dataset", 4): (get_dataset, "dataset/{id}"),
    ("GET", "get_file", 4): (get_file, "get_file/{dataset_id}"),
}
"""By method, name and number of the parts of the path below the prefix."""

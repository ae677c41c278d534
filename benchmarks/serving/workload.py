"""What is asked: the six operations that clients use most.

Every question carries what its answer must contain, so that a server cannot be fast by
being wrong.
"""

import random
from collections.abc import Sequence
from typing import Any

import msgspec

from benchmarks.load.requests import Request
from benchmarks.release import plan

from .lookups import Lookup
from .servers import LABEL, TOKEN

FIND, GET = "find_dataset", "get_dataset"
FILE, FILE_BY_DATA_ID = "get_file", "get_file_by_data_id"
EXPAND, COLLECTION = "expand_data_id", "query_collection_info"
LOOKUPS = (FIND, GET, FILE, FILE_BY_DATA_ID)
"""What most requests are for; the floors imitate these."""
OPERATIONS = (*LOOKUPS, EXPAND, COLLECTION)
BATCH = "get_files in batches"
BATCH_ITEMS = 1_000
_HEADERS = {"Authorization": f"Bearer {TOKEN}"}
_ROOT = f"/api/butler/repo/{LABEL}/v1"
_OWN_ROOT = f"/api/butlery/repo/{LABEL}/v1"


class Question(msgspec.Struct, frozen=True):
    """A request, and pieces that the right answer holds."""

    request: Request
    expected: tuple[bytes, ...]


class Operation(msgspec.Struct, frozen=True):
    """One endpoint and the questions put to it."""

    name: str
    questions: list[Question]


def compose(lookups: Sequence[Lookup], users: int) -> list[Operation]:
    """Compose the questions of every operation, as the stock client does."""
    chains = [plan.RELEASE, *map(plan.user_chain, range(users))]
    return [
        Operation(FIND, [_find(each) for each in lookups]),
        Operation(GET, [_get_dataset(each) for each in lookups]),
        Operation(FILE, [_get_file(each) for each in lookups]),
        Operation(FILE_BY_DATA_ID, [_file_by_data_id(each) for each in lookups]),
        Operation(EXPAND, [_expand(each) for each in lookups]),
        Operation(COLLECTION, [_collection(name) for name in chains]),
    ]


def compose_batches(lookups: Sequence[Lookup]) -> Operation:
    """Compose batches of files by UUID, each of them in another order."""
    chance = random.Random(1)
    ids = list(dict.fromkeys(str(each.id) for each in lookups))
    questions = []
    for _ in range(10):
        items = [{"id": id_} for id_ in chance.choices(ids, k=BATCH_ITEMS)]
        raw = msgspec.Raw(msgspec.json.encode({"items": items}))
        request = Request("POST", f"{_OWN_ROOT}/get_files", raw, _HEADERS)
        expected = (*_quoted((items[-1]["id"],)), b"Signature=")
        questions.append(Question(request, expected))
    return Operation(BATCH, questions)


def _find(lookup: Lookup) -> Question:
    return _post(FIND, _search(lookup) | {"dimension_records": False}, lookup.id)


def _file_by_data_id(lookup: Lookup) -> Question:
    question = _post(FILE_BY_DATA_ID, _search(lookup), lookup.id, "file_info")
    return _signed(question)


def _get_dataset(lookup: Lookup) -> Question:
    path = f"dataset/{lookup.id}?dimension_records=false"
    return _get(path, lookup.id, lookup.type)


def _get_file(lookup: Lookup) -> Question:
    return _signed(_get(f"get_file/{lookup.id}", lookup.id, "file_info"))


def _expand(lookup: Lookup) -> Question:
    return _post(EXPAND, {"data_id": lookup.data_id}, "definition")


def _collection(name: str) -> Question:
    body = {
        "expression": [name],
        "collection_types": [1, 2, 3, 4],
        "flatten_chains": False,
        "include_chains": True,
        "include_parents": False,
        "include_summary": False,
        "include_doc": True,
        "summary_datasets": None,
    }
    return _post(COLLECTION, body, name)


def _search(lookup: Lookup) -> dict[str, Any]:
    return {
        "dataset_type": lookup.type,
        "data_id": lookup.data_id,
        "default_data_id": {},
        "collections": [lookup.collection],
        "timespan": lookup.timespan,
    }


def _get(path: str, *expected: str) -> Question:
    request = Request("GET", f"{_ROOT}/{path}", headers=_HEADERS)
    return Question(request, _quoted(expected))


def _post(path: str, body: dict[str, Any], *expected: str) -> Question:
    raw = msgspec.Raw(msgspec.json.encode(body))
    request = Request("POST", f"{_ROOT}/{path}", raw, _HEADERS)
    return Question(request, _quoted(expected))


def _signed(question: Question) -> Question:
    return Question(question.request, (*question.expected, b"Signature="))


def _quoted(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(msgspec.json.encode(text) for text in texts)

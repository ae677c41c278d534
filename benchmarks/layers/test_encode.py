"""Between bytes and values: bodies decoded, URLs signed, answers encoded."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from benchmarks.layers import datasets as sampled
from butlery.cache import Dataset, Repository, Snapshot
from butlery.protocol.datasets import DatasetRefResponse, FindDatasetRequest
from butlery.protocol.files import GetFileResponse
from butlery.protocol.scalars import encode_json
from butlery.server.files.access import FileAccess
from butlery.server.files.recipient import Recipient
from butlery.server.files.signing import UrlSigner
from butlery.server.routes.datasets import wire_ref

from .conftest import TimeEach

pytestmark = pytest.mark.benchmark(group="encode")


@pytest.fixture
def found(
    repository: Repository, runner: asyncio.Runner, datasets: list[sampled.Dataset]
) -> list[Dataset]:
    ids = [UUID(dataset.id) for dataset in datasets]
    return runner.run(repository.get_datasets(ids, files=True))


@pytest.fixture
def access(repository: Repository) -> FileAccess:
    signer = UrlSigner(b"key", 3600)
    return FileAccess("demo", repository.datastores, signer, ())


def test_decoding_find_dataset(
    datasets: list[sampled.Dataset], time_each: TimeEach[bytes]
) -> None:
    bodies = [
        encode_json(
            {
                "dataset_type": dataset.type,
                "data_id": dataset.data_id,
                "default_data_id": {},
                "collections": [dataset.collection],
                "timespan": None,
                "dimension_records": False,
            }
        )
        for dataset in datasets
    ]
    time_each(msgspec.json.Decoder(FindDatasetRequest).decode, bodies)


def test_dataset(found: list[Dataset], time_each: TimeEach[Dataset]) -> None:
    def encode(dataset: Dataset) -> bytes:
        return encode_json(DatasetRefResponse(wire_ref(dataset)))

    time_each(encode, found)


def test_signing_urls(
    found: list[Dataset], access: FileAccess, time_each: TimeEach[Dataset]
) -> None:
    def sign(dataset: Dataset) -> None:
        assert access.artifact(dataset, Recipient("http://localhost"))

    time_each(sign, found)


def test_files(
    found: list[Dataset], access: FileAccess, time_each: TimeEach[GetFileResponse]
) -> None:
    answers = [
        GetFileResponse(
            wire_ref(dataset), access.artifact(dataset, Recipient("http://localhost"))
        )
        for dataset in found
    ]
    time_each(encode_json, answers)


def test_universe(snapshot: Snapshot, time_each: TimeEach[object]) -> None:
    time_each(encode_json, [snapshot.universe_response])

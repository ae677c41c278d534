"""Every message survives its own JSON, however odd its contents are."""

import pkgutil
from importlib import import_module
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from butlery import protocol
from butlery.protocol.datasets import DatasetType, DatasetTypeResponse
from butlery.protocol.dimensions import DataCoordinate, DimensionRecord
from butlery.protocol.scalars import encode_json, verbatim
from tests.protocol.strategies import JSON, values_of

# These are only ever received, and with anything unknown left to a query worker.
RECEIVED = "butlery.protocol.queries"

MESSAGES = [
    value
    for module in pkgutil.iter_modules(protocol.__path__, "butlery.protocol.")
    for value in vars(import_module(module.name)).values()
    if isinstance(value, type)
    and issubclass(value, msgspec.Struct)
    and value.__module__ == module.name != RECEIVED
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_decoding_gives_back_what_was_encoded(message: type[Any]) -> None:
    @settings(max_examples=25)
    @given(values_of(message))
    def check(value: Any) -> None:
        assert msgspec.json.decode(encode_json(value), type=message) == value

    check()


STRICT = [m for m in MESSAGES if m.__struct_config__.forbid_unknown_fields]
TOLERANT = [message for message in MESSAGES if message not in STRICT]


@pytest.mark.parametrize("message", TOLERANT, ids=lambda message: message.__name__)
def test_fields_that_nobody_knows_are_ignored(message: type[Any]) -> None:
    @settings(max_examples=5)
    @given(values_of(message), JSON)
    def check(value: Any, surplus: object) -> None:
        document = msgspec.json.decode(encode_json(value)) | {"surplus": surplus}
        assert msgspec.json.decode(encode_json(document), type=message) == value

    check()


@pytest.mark.parametrize("message", STRICT, ids=lambda message: message.__name__)
def test_orders_of_operators_are_never_half_understood(message: type[Any]) -> None:
    """A misspelt field would widen an invalidation to the whole repository."""
    assert message.__module__ == "butlery.protocol.admin"
    with pytest.raises(msgspec.ValidationError, match="surplus"):
        msgspec.json.decode(b'{"surplus": 1}', type=message)


@given(st.sampled_from(MESSAGES).flatmap(values_of))
def test_verbatim_is_sent_as_its_plain_value_would_be(value: Any) -> None:
    assert encode_json(verbatim(value)) == encode_json(value)
    assert encode_json([verbatim(value), 1]) == encode_json([value, 1])


@given(values_of(DatasetType), values_of(DimensionRecord))
def test_verbatim_fits_into_other_messages(
    dataset_type: DatasetType, record: DimensionRecord
) -> None:
    kept = DatasetTypeResponse(verbatim(dataset_type))
    assert encode_json(kept) == encode_json(DatasetTypeResponse(dataset_type))
    coordinate = DataCoordinate({}, {"a": verbatim(record), "b": record})
    assert encode_json(coordinate) == encode_json(
        DataCoordinate({}, {"a": record, "b": record})
    )


def test_json_is_compact_and_utf_8() -> None:
    info = {"doc": "Größe", "children": [1, 2]}
    assert encode_json(info) == '{"doc":"Größe","children":[1,2]}'.encode()

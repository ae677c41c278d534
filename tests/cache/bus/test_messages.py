"""What is sent comes back equal, and no bytes do more harm than one error."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from butlery.cache.bus import (
    Acknowledged,
    Changed,
    Checked,
    Command,
    Covered,
    Envelope,
    Farewell,
    Heartbeat,
    Message,
    UnknownMessageError,
    decode,
    encode,
)

MESSAGES: list[Message] = [
    Changed("dp1", [1, "u/someone"], [3], ["visit"], ["detector"], new_datasets=True),
    Changed("dp1", everything=True),
    Covered("dp1", "node", "10:20:10,14"),
    Checked("dp1", "node", "10:20:", 17.25),
    Heartbeat(7),
    Farewell(),
    Command("r1", "dp1", "invalidate", {"collections": ["a", "b"]}),
    Acknowledged("r1", "server-1", True, "", {"dropped": 3}, 1.5),
]
HEAD = b'{"epoch":"e","publisher":"p","number":1,"message":'


def wrap(message: Message) -> Envelope:
    return Envelope("e", "p", 1, message)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_message_comes_back_equal(message: Message) -> None:
    assert decode(encode(wrap(message))) == wrap(message)


def test_fields_of_a_newer_version_are_ignored() -> None:
    data = HEAD + b'{"type":"Heartbeat","beat":3,"mood":[{"a":1}]},"colour":"red"}'
    assert decode(data) == wrap(Heartbeat(3))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        HEAD + b'{"type":"Tomorrow"}}',
        HEAD + b"{}}",
        HEAD + b'{"type":"Covered","repository":"r"}}',
        HEAD + b'{"type":"Heartbeat"}} ' + b"x",
        HEAD + b'{"type":"Heartbeat","more":' + b"[" * 100_000,
        HEAD.replace(b"1", b"-1") + b'{"type":"Heartbeat"}}',
        HEAD.replace(b"1", b"9" * 5000) + b'{"type":"Heartbeat"}}',
        HEAD.replace(b'"p"', b'""') + b'{"type":"Heartbeat"}}',
        HEAD.replace(b'"p"', b'"' + b"p" * 201 + b'"') + b'{"type":"Heartbeat"}}',
        HEAD.replace(b'"p"', b'"\\ud800"') + b'{"type":"Heartbeat"}}',
        HEAD.replace(b'"p"', b'"\xff"') + b'{"type":"Heartbeat"}}',
    ],
    ids=range(15),
)
def test_anything_else_is_an_unknown_message(data: bytes) -> None:
    with pytest.raises(UnknownMessageError):
        decode(data)


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """Return an envelope of which some bytes were replaced, removed or repeated."""
    data = bytearray(encode(wrap(draw(st.sampled_from(MESSAGES)))))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(start + 8, len(data))))
        data[start:end] = draw(st.binary(max_size=6)) * draw(st.integers(1, 3))
    return bytes(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_no_bytes_do_more_harm_than_one_error(*, soak: bool) -> None:
    @settings(max_examples=10_000 if soak else 500)
    @given(st.binary() | mutilated() | JSON.map(msgspec.json.encode))
    def fuzz(data: bytes) -> None:
        try:
            envelope = decode(data)
        except UnknownMessageError:
            return
        assert decode(encode(envelope)) == envelope

    fuzz()

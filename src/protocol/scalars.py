"""The scalar values of the protocol, and how verbatim JSON is carried.

Timespans are ``[begin, end)`` pairs of TAI nanoseconds since
1970-01-01T00:00:00 TAI; the two bounds below stand for "unbounded".
"""

from typing import Annotated, TypeAlias, TypeVar, cast

import msgspec

DataIdValue: TypeAlias = int | str
Nanoseconds = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Timespan: TypeAlias = tuple[Nanoseconds, Nanoseconds]

TIMESPAN_MIN = 0
"""Begin of a timespan that has none."""

TIMESPAN_MAX = 4_102_444_800_000_000_000
"""End of a timespan that has none (2100-01-01T00:00:00 TAI)."""

UNBOUNDED: Timespan = (TIMESPAN_MIN, TIMESPAN_MAX)
EMPTY: Timespan = (TIMESPAN_MAX, TIMESPAN_MIN)

_T = TypeVar("_T")
_encoder = msgspec.json.Encoder()


def encode_json(value: object) -> bytes:
    """Return ``value`` as compact JSON."""
    return _encoder.encode(value)


def verbatim(value: _T) -> _T:
    """Return ``value`` encoded once, to be copied into every later message.

    The result is a `msgspec.Raw`. It keeps the static type of what it encodes, so
    that messages (and the OpenAPI description made from them) stay typed; nobody
    may look inside it.
    """
    return cast("_T", msgspec.Raw(encode_json(value)))


def as_encoded(content: bytes, kind: type[_T]) -> _T:
    """Return a message of a kind that is encoded already; see `verbatim`."""
    del kind
    return cast("_T", msgspec.Raw(content))

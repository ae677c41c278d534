"""Byte ranges are those of RFC 9110."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from butlery.server.files.ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    matches_etag,
    parse_range,
)

SIZES = st.integers(0, 300)
POSITIONS = st.integers(0, 400)


def bytes_of(header: str, content: bytes) -> bytes | None:
    """Return what a range gives, the whole for none, `None` if nothing is in it."""
    try:
        part = parse_range(header, len(content))
    except UnsatisfiableRangeError:
        return None
    part = part or ByteRange(0, len(content))
    assert part.length == part.stop - part.start
    return content[part.start : part.stop]


@given(SIZES, POSITIONS, POSITIONS)
def test_range_has_the_bytes_from_first_to_last(
    size: int, first: int, last: int
) -> None:
    content = bytes(n % 256 for n in range(size))
    expected: bytes | None = content if last < first else content[first : last + 1]
    if last >= first >= size:
        expected = None
    assert bytes_of(f"bytes={first}-{last}", content) == expected


@given(SIZES, POSITIONS)
def test_open_and_suffix_ranges_reach_the_end(size: int, count: int) -> None:
    content = bytes(n % 256 for n in range(size))
    begun = content[count:] if count < size else None
    assert bytes_of(f"bytes={count}-", content) == begun
    ending = content[max(0, size - count) :] if size and count else None
    assert bytes_of(f"bytes=-{count}", content) == ending


@given(st.text(max_size=20) | st.from_regex(r"bytes=[\d,-]*"), SIZES)
@example("bytes=٣-٤", 10)
@example(f"bytes={'9' * 5000}-", 10)
@example(f"bytes=-{'9' * 5000}", 10)
def test_header_of_any_text_is_understood_or_ignored(header: str, size: int) -> None:
    content = bytes(size)
    assert len(bytes_of(header, content) or b"") <= size


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
        ('"b", W/"c"', False),
    ],
)
def test_etag_is_found_in_a_list(header: str, *, matches: bool) -> None:
    assert matches_etag(header, '"a"') is matches

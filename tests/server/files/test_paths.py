"""Paths of datastore records are understood as Butler understands them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.server.files.paths import RecordPath, relative_to_datastore

SCHEMES = ["file", "s3", "gs", "http", "https", "dav", "davs"]


@pytest.mark.parametrize(
    ("text", "scheme", "path", "fragment"),
    [
        ("a/b.fits", None, "a/b.fits", ""),
        ("a/b c+d%20.fits", None, "a/b c+d%20.fits", ""),
        ("z.zip#zip-path=a/b", None, "z.zip", "#zip-path=a/b"),
        ("od#d/z.zip#zip-path=a", None, "od#d/z.zip", "#zip-path=a"),
        ("/data/a b.fits", "file", "/data/a b.fits", ""),
        ("file:///data/a%20b.fits", "file", "file:///data/a%20b.fits", ""),
        ("s3://bucket/key", "s3", "s3://bucket/key", ""),
        ("https://h/p?q=1#zip-path=a", "https", "https://h/p?q=1", "#zip-path=a"),
        ("12:30/time.fits", None, "12:30/time.fits", ""),
        ("run:a/b.fits", None, "run:a/b.fits", ""),
        ("", None, "", ""),
    ],
)
def test_record_is_taken_apart(
    text: str, scheme: str | None, path: str, fragment: str
) -> None:
    assert RecordPath.parse(text) == RecordPath(scheme, path, fragment)


@pytest.mark.parametrize(
    ("text", "local"),
    [("/data/a%20b", "/data/a%20b"), ("file:///data/a%20b", "/data/a b")],
)
def test_only_uris_are_unquoted(text: str, local: str) -> None:
    assert RecordPath.parse(text).local() == local


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a/b c%20d", "a/b c%20d"),
        ("/data/a b", "data/a b"),
        ("file:///data/a%20b", "data/a b"),
        ("s3://bucket/a%20b/c", "a b/c"),
        ("https://h/p/q?x=1", "p/q"),
        ("file:///z.zip#zip-path=m", "z.zip#zip-path=m"),
    ],
)
def test_clients_see_a_relative_path(text: str, seen: str) -> None:
    assert relative_to_datastore(text) == seen


@given(st.text(max_size=20) | st.sampled_from(SCHEMES).map(lambda s: f"{s}://[x"))
def test_no_text_in_a_record_is_an_error(text: str) -> None:
    assert not relative_to_datastore(text).startswith("/")
    RecordPath.parse(text).local()

"""Paths of datastore records are understood as Butler understands them."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.butler.datastore.stored_file_info import make_datastore_path_relative
from lsst.resources import ResourcePath

from butlery.server.files.paths import RecordPath, relative_to_datastore

SCHEMES = ["file", "s3", "gs", "http", "https", "dav", "davs"]


@pytest.mark.parametrize(
    ("text", "scheme", "path", "fragment"),
    [
        ("a/b.fits", None, "a/b.fits", ""),
        ("a/b c+d%20.fits", None, "a/b c+d%20.fits", ""),
        ("z.zip#zip-path=a b", None, "z.zip", "#zip-path=a b"),
        ("run/r#x/a.yaml", None, "run/r#x/a.yaml", ""),
        ("a#zip-path=x/y.fits", None, "a#zip-path=x/y.fits", ""),
        ("a#b#c", None, "a#b", "#c"),
        ("a%20b#c/d#e", None, "a%20b", "#c/d#e"),
        ("/data/r#x/a.fits", "file", "/data/r#x/a.fits", ""),
        ("/data/r#x/a#b", "file", "/data/r#x/a", "#b"),
        ("file:///r%23x/a#b#c", "file", "file:///r%23x/a", "#b#c"),
        ("file:///r#x/a.fits", "file", "file:///r", "#x/a.fits"),
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


PLAIN = ["run/r#x/a.yaml", "a#zip-path=x/y.fits", "a#b#c", "a b#c d", "a#/b", "a%20b#c"]
ABSOLUTE = ["/r#x/a#b", "/r#x/a", "file:///r%23x/a#b#c", "file:///r#x/a", "file:///a"]


@pytest.mark.parametrize("text", PLAIN)
def test_relative_path_is_the_stock_one(text: str) -> None:
    root = ResourcePath("/root", forceDirectory=True)
    stock = root.join(ResourcePath(text, forceAbsolute=False, forceDirectory=False))
    path = RecordPath.parse(text)
    assert f"/root/{unquote(path.path)}" == stock.ospath
    assert path.fragment.removeprefix("#") == stock.fragment


@pytest.mark.parametrize("text", ABSOLUTE)
def test_absolute_path_is_the_stock_one(text: str) -> None:
    stock = ResourcePath(text, forceAbsolute=False, forceDirectory=False)
    path = RecordPath.parse(text)
    assert path.scheme == "file"
    assert path.local() == stock.ospath
    assert path.fragment.removeprefix("#") == stock.fragment
    assert relative_to_datastore(text) == make_datastore_path_relative(text)


@given(st.text(max_size=20) | st.sampled_from(SCHEMES).map(lambda s: f"{s}://[x"))
def test_no_text_in_a_record_is_an_error(text: str) -> None:
    assert not relative_to_datastore(text).startswith("/")
    RecordPath.parse(text).local()

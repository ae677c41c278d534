"""A file's media type is told by its name, and what a URL's lifetime is by the URL."""

import pytest

from butlery.server.batch.expiry import expiry_of
from butlery.server.batch.media_types import media_type_of

BYTES = "application/octet-stream"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("run/raw/x_1.fits", "application/fits"),
        ("run/raw/X.FITS", "application/fits"),
        ("a/b.parq", "application/vnd.apache.parquet"),
        ("a/b.parquet", "application/vnd.apache.parquet"),
        ("a/b.json", "application/json"),
        ("a/b.yaml", "application/yaml"),
        ("r#x/a.json", "application/json"),
        ("some.zip#zip-path=b.json", BYTES),
        ("a.fits.gz", BYTES),
        ("a.json/plain", BYTES),
        ("plain", BYTES),
        ("fits", BYTES),
        ("", BYTES),
    ],
)
def test_media_type_is_that_of_what_the_url_leads_to(path: str, expected: str) -> None:
    assert media_type_of(path) == expected


SIGNED = "https://s3.example/b/k?X-Amz-Algorithm=A&X-Amz-Date=20261121T192346Z"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/f?Signature=x&Expires=1795293518", "2026-11-21T20:38:38Z"),
        ("http://h/f?Expires=0&Signature=x#zip-path=a", "1970-01-01T00:00:00Z"),
        ("http://h/f?Signature=x&Expires=1795293518#a=b", "2026-11-21T20:38:38Z"),
        (f"{SIGNED}&X-Amz-Expires=3600&X-Amz-Signature=x", "2026-11-21T20:23:46Z"),
        (SIGNED, None),
        ("http://h/f?X-Amz-Date=20269921T192346Z&X-Amz-Expires=1", None),
        ("http://h/Expires=1795293518", None),
        ("http://h/f", None),
    ],
)
def test_url_says_when_it_ends(url: str, expected: str | None) -> None:
    assert expiry_of(url) == expected

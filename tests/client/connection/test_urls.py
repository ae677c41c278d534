"""What of a URL may be shown."""

import pytest

from butlery.client.connection.urls import place_of, without_user


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a?X-Signature=secret", "https://host/a"),
        ("https://me:secret@host/a", "https://host/a"),
        ("https://me:sec/ret@host/a", "https://host/a"),
        ("https://me:sec?ret@host/a", "https://"),
        ("HTTPS://me:secret@host/a", "HTTPS://host/a"),
        ("https://me:" + "secret" * 200 + "@host/a", "https://host/a"),
        ("https://host/a?mail=me@example", "https://host/a"),
        ("/data/repo", "/data/repo"),
        ("label", "label"),
    ],
)
def test_secrets_are_not_shown(url: str, shown: str) -> None:
    assert place_of(url) == shown


def test_shown_place_is_short() -> None:
    assert len(place_of("https://host/" + "a" * 10_000)) <= 500


@pytest.mark.parametrize("path", ["/a%2Fb?c=%20d&e", "/?", ""])
def test_url_without_a_user_is_as_it_was(path: str) -> None:
    assert without_user(f"https://host{path}") == f"https://host{path}"
    assert without_user(f"https://me:x@host:8{path}").startswith("https://host:8")

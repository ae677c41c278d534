"""Text of others is shown as it is, but for what would not be shown."""

import json

import pytest

from butlery.protocol.printable import printable, printable_json, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HSC/runs/demo Ä 星", "HSC/runs/demo Ä 星"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\tb\r\nc", r"a\tb\r\nc"),
        ("\x7f\x9b\u202e\u2028", r"\x7f\x9b\u202e\u2028"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
        (17, "17"),
    ],
)
def test_only_what_is_not_shown_is_escaped(text: object, shown: str) -> None:
    assert printable(text) == shown


def test_lines_stay_lines() -> None:
    assert printable_lines("a\x1b\n\tb\n") == "a\\x1b\n        b"


def test_json_is_plain_ascii_that_says_the_same() -> None:
    text = printable_json({"a": "\x1b\x7f\x9b\u202eÄ"})
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == {"a": "\x1b\x7f\x9b\u202eÄ"}

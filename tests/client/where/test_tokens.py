"""The words of an expression are those that were written, each in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.client.errors import InvalidQueryError
from butlery.client.where.tokens import tokens

_WORDS = [
    ("AND", "AND"),
    ("and", "AND"),
    ("Overlaps", "OVERLAPS"),
    ("android", "name"),
    ("_a1", "name"),
    ("a.b", "qualified_name"),
    ("a.b.c", "qualified_name"),
    (":and", "bind"),
    ("'it is'", "text"),
    ("''", "text"),
    ("T'2020'", "time"),
    ("t''", "time"),
    ("1", "number"),
    ("1.", "number"),
    (".5e-3", "number"),
    ("1E5", "number"),
    ("1..5", "range"),
    ("-1 .. -5 : 12", "range"),
    ("<=", "<="),
    ("!=", "!="),
    ("=", "="),
    ("%", "%"),
]


@pytest.mark.parametrize(("text", "kind"), _WORDS)
def test_a_word_is_of_its_kind(text: str, kind: str) -> None:
    [token, end] = tokens(text)
    assert (token.kind, token.text, token.stop) == (kind, text, len(text))
    assert (end.kind, end.start, end.stop) == ("end", len(text), len(text))


@given(st.lists(st.sampled_from(_WORDS), max_size=5), st.sampled_from([" ", "\n\t "]))
def test_words_are_found_in_their_places(
    words: list[tuple[str, str]], space: str
) -> None:
    expression = space.join(text for text, _ in words) + space
    found = list(tokens(expression))
    assert [token.text for token in found] == [*(text for text, _ in words), ""]
    assert all(expression[each.start : each.stop] == each.text for each in found)


@pytest.mark.parametrize(
    ("expression", "position", "remedy"),
    [
        ("a = 'b", 5, "put a single quote"),
        ('a = "b"', 5, "single quotes"),
        ("a = : b", 5, "follow the colon"),
        ("a\r\n= 1", 2, "line feed"),
        ("a = 1 ; b", 7, "no meaning"),
        ("ä = 1", 1, "no meaning"),
    ],
)
def test_what_is_no_word_is_refused_with_its_place(
    expression: str, position: int, remedy: str
) -> None:
    with pytest.raises(InvalidQueryError, match=remedy) as caught:
        list(tokens(expression))
    assert f"position {position} of the expression" in str(caught.value)

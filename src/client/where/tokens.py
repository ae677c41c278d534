"""The words of the expression language.

Keywords ignore case, names do not. Texts have single quotes and no escapes; whoever
needs a quote in one uses ``bind``.
"""

import re
from collections.abc import Iterator

import msgspec

from .refusal import refusal

_KEYWORDS = frozenset({"AND", "OR", "NOT", "IN", "OVERLAPS"})

_NAME = "[A-Za-z_][A-Za-z0-9_]*"

# A range comes before numbers, and a time before names: both begin like those.
_TOKEN = re.compile(
    rf"""
      (?P<space>  [ \t\n]+ )
    | (?P<time>   [Tt] ' [^'\n]* ' )
    | (?P<text>   ' [^'\n]* ' )
    | (?P<range>  -?\d+ \s* [.][.] \s* -?\d+ (?: \s* : \s* [1-9]\d* )? )
    | (?P<number> (?: \d+ (?: [.]\d* )? | [.]\d+ ) (?: [Ee][-+]?\d+ )? )
    | (?P<qualified_name> {_NAME} (?: [.]{_NAME} ){{1,2}} )
    | (?P<name>   {_NAME} )
    | (?P<bind>   : {_NAME} )
    | (?P<symbol> [<>!]= | [=<>+*/%(),-] )
    """,
    re.VERBOSE | re.ASCII,
)


class Token(msgspec.Struct, frozen=True):
    """One word.

    Parameters
    ----------
    kind
        ``time``, ``text``, ``range``, ``number``, ``name``, ``qualified_name``,
        ``bind`` or ``end``; of keywords and symbols what they are, in capitals.
    text
        The word as it was written.
    start
        Where it begins.
    """

    kind: str
    text: str
    start: int

    @property
    def stop(self) -> int:
        """Where it is over."""
        return self.start + len(self.text)


def tokens(expression: str) -> Iterator[Token]:
    """Split an expression into its words, and an end.

    Raises
    ------
    InvalidQueryError
        If a character belongs to no word.
    """
    place = 0
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if match is None:
            raise _stray(expression, place)
        place = match.end()
        if match.lastgroup != "space":
            yield Token(_kind(match), match[0], match.start())
    yield Token("end", "", place)


def _kind(match: re.Match[str]) -> str:
    if match.lastgroup == "symbol" or match[0].upper() in _KEYWORDS:
        return match[0].upper()
    return str(match.lastgroup)


def _stray(expression: str, place: int) -> Exception:
    remedies = {
        "'": "This text has no end; put a single quote behind it.",
        '"': "Texts have single quotes.",
        ":": "A name must follow the colon at once.",
        "\r": "Lines must end with a line feed only.",
    }
    reason = remedies.get(expression[place], "This character has no meaning here.")
    return refusal(expression, place, place + 1, reason)

"""Paths of files, of which only what varies is stored.

Files of one kind in one RUN are called alike: their paths differ in a few numbers and
words, most of which are values of the data ID. A template has the rest. Templates are
learnt from the paths themselves, whatever template a pipeline wrote them by; a path
that fits none is stored whole.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from ...protocol.scalars import DataIdValue

_TOKEN = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]+")
_MOST_DIGITS = 18
_MOST_VERSIONS = 40  # of one shape of path; what varies more is not worth it
_MOST_WORDS = 100_000  # every process has them

# What stands in a variable place of a path. Plain numbers: members of an enumeration
# take longer to look up than all the rest.
VALUE = 0
"""A value of the data ID, whose position is given."""
NUMBER = 1
"""Digits, as many as given."""
WORD = 2
"""The number of a word, or a word that has none."""
SAME = 3
"""The same as in an earlier place, which is given."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class PathTemplate:
    """A path with variable places.

    What varies is stored apart: first all numbers, then all words.

    Parameters
    ----------
    text
        With ``%s`` and ``%0…d`` where something varies.
    places
        What comes there, in order.
    """

    text: str
    places: tuple[Place, ...]

    def count(self, kind: int) -> int:
        """Return how many places of a kind there are."""
        return sum(of == kind for of, _ in self.places)

    def positions(self, values: int, varying: int) -> list[int]:
        """Return where in an entry that is which comes into the places, in order.

        Parameters
        ----------
        values, varying
            Where in the entry the data ID begins, and what varies.
        """
        next_of = {NUMBER: varying, WORD: varying + self.count(NUMBER)}
        found: list[int] = []
        for kind, detail in self.places:
            if kind == SAME:
                found.append(found[detail])
            elif kind == VALUE:
                found.append(values + detail)
            else:
                found.append(next_of[kind])
                next_of[kind] += 1
        return found


WHOLE = PathTemplate("%s", ((WORD, 0),))
"""For a path that is like no other."""


class Words(dict[str, int | str]):
    """Numbers of the words of all paths, in the order of their appearance."""

    def __missing__(self, word: str) -> int | str:
        """Return the number of a new word, or the word if there are too many."""
        if len(self) >= _MOST_WORDS:
            return word
        number = self[word] = len(self)
        return number


class TemplateLearner:
    """Finds templates for the paths of one kind of file.

    Parameters
    ----------
    words
        Numbers of words.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._bases: dict[int, _Base] = {}
        self._last: _Base | None = None

    def learn(
        self, path: str, values: Sequence[DataIdValue]
    ) -> tuple[PathTemplate, list[int | str]]:
        """Return a template for a path, and what to store with it."""
        if self._last is not None:
            varying = self._last.match(path, values, self._words)
            if varying is not None:
                return self._last.template, varying
        tokens = _TOKEN.findall(path)
        base = self._bases.get(len(tokens))
        if base is None:
            base = self._bases[len(tokens)] = _Base(tokens, values)
        self._last = base
        varying = base.match(path, values, self._words)
        if varying is None and base.extend(tokens, values):
            varying = base.match(path, values, self._words)
        if varying is None:
            return WHOLE, [path]
        return base.template, varying


class _Base:
    """A first path, and the places in which others differed from it so far."""

    def __init__(self, tokens: Sequence[str], values: Sequence[DataIdValue]) -> None:
        self._tokens = tokens
        self._values = [str(value) for value in values]
        self._places: dict[int, Place] = {}
        self._versions = 0
        self._compile()

    def match(
        self, path: str, values: Sequence[DataIdValue], words: Words
    ) -> list[int | str] | None:
        """Return what varies in a path, or `None` if it differs elsewhere."""
        found = self._pattern(path)
        if found is None:
            return None
        groups = found.groups()
        for group, position in self._checked:
            if groups[group] != str(values[position]):
                return None
        return [
            *map(int, self._numbers(groups)),
            *map(words.__getitem__, self._words(groups)),
        ]

    def extend(self, tokens: Sequence[str], values: Sequence[DataIdValue]) -> bool:
        """Let a path vary where this one does; tell whether it can."""
        if self._versions >= _MOST_VERSIONS:
            return False
        places: dict[int, Place] = {}
        texts = [str(value) for value in values]
        for index, (own, other) in enumerate(zip(self._tokens, tokens, strict=True)):
            known = self._places.get(index)
            if known is None and own == other:
                continue
            if not (own[0].isalnum() and other[0].isalnum()):
                if own != other:
                    return False  # another separator: another shape
                continue
            if known is None or not _fits(known, other, texts, tokens):
                known = self._place(index, tokens, texts, places, is_new=known is None)
            places[index] = known
        self._places = places
        self._versions += 1
        self._compile()
        return True

    def _place(
        self,
        index: int,
        tokens: Sequence[str],
        texts: Sequence[str],
        earlier: dict[int, Place],
        *,
        is_new: bool,
    ) -> Place:
        own, other = self._tokens[index], tokens[index]
        if is_new:
            for position, text in enumerate(texts):
                if other == text and own == self._values[position]:
                    return VALUE, position
            for position, (kind, _) in earlier.items():
                same = (self._tokens[position], tokens[position]) == (own, other)
                if kind in {NUMBER, WORD} and same:
                    return SAME, position
        number = (NUMBER, len(own))
        if _fits(number, own, (), ()) and _fits(number, other, (), ()):
            return number
        return WORD, 0

    def _compile(self) -> None:
        text, pattern = "", ""
        order = {index: n for n, index in enumerate(sorted(self._places))}
        groups: dict[Place, int] = {}
        for index, token in enumerate(self._tokens):
            if index not in self._places:
                text += token.replace("%", "%%")
                pattern += re.escape(token)
                continue
            # A value that comes again must be the same again.
            kind, detail = self._places[index]
            place = (kind, detail) if kind in {VALUE, SAME} else (SAME, index)
            if place in groups:
                pattern += f"(?P=_{groups[place]})"
            else:
                number = groups[place] = len(groups)
                digits = f"[0-9]{{{detail}}}" if kind == NUMBER else "[0-9A-Za-z]+"
                pattern += f"(?P<_{number}>{digits})"
            if kind == SAME:
                kind, detail = self._places[detail]
            text += f"%0{detail}d" if kind == NUMBER else "%s"
        self._pattern = re.compile(pattern, re.DOTALL).fullmatch
        self._checked = [(n, p) for (kind, p), n in groups.items() if kind == VALUE]
        self._numbers, self._words = (
            picker([n for place, n in groups.items() if self._is(place, kind)])
            for kind in (NUMBER, WORD)
        )
        self.template = PathTemplate(
            text,
            tuple(
                (kind, order[detail] if kind == SAME else detail)
                for _, (kind, detail) in sorted(self._places.items())
            ),
        )

    def _is(self, place: Place, kind: int) -> bool:
        return place[0] == SAME and self._places[place[1]][0] == kind


def picker(positions: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return what picks the items at some positions, always as a tuple."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda items: tuple([items[position] for position in positions])


def _fits(
    place: Place, token: str, texts: Sequence[str], tokens: Sequence[str]
) -> bool:
    """Tell whether a token can stand in a place of a path with these tokens."""
    kind, detail = place
    if kind == VALUE:
        return token == texts[detail]
    if kind == SAME:
        return token == tokens[detail]
    if kind == NUMBER:
        is_number = token.isascii() and token.isdigit()
        return is_number and len(token) == detail <= _MOST_DIGITS
    return True

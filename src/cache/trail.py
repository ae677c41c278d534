"""How one request was answered: a few numbers, noted on the way.

A trail belongs to one request and is written by nobody else. It describes the answer
that was given: whatever an attempt before it had noted is forgotten.
"""

from collections.abc import Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from .answers import Answers, Entry, Generations, Question
from .basis import Basis

_T = TypeVar("_T")


@dataclass(slots=True)
class Trail:
    """The way to one answer.

    Attributes
    ----------
    version
        Of the snapshot; 0: none was looked at.
    state
        How the repository's changes were noticed at that time.
    revision
        What a client may send back to demand an answer at least as new, or empty.
    indexed
        Answers that a release index gave.
    hits
        Answers that were kept.
    misses
        Reads of the database begun for this request.
    shared
        Reads begun for another request, and waited for together.
    stored
        Answers of own reads that are kept now.
    bypassed
        Reads whose answers must never be kept.
    basis
        What the answer was made from; `None`: that was not noted.
    """

    version: int = 0
    state: str = ""
    revision: str = ""
    indexed: int = 0
    hits: int = 0
    misses: int = 0
    shared: int = 0
    stored: int = 0
    bypassed: int = 0
    basis: Basis | None = None

    def begin(self, version: int, state: str, basis: Basis | None = None) -> None:
        """Begin an attempt to answer; what the one before has noted does not count."""
        self.basis = basis
        self.version = version
        self.state = state
        self.indexed = self.hits = self.misses = self.shared = self.stored = (
            self.bypassed
        ) = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """What was noted in this attempt so far; may be set back."""
        return (
            self.indexed,
            self.hits,
            self.misses,
            self.shared,
            self.stored,
            self.bypassed,
        )

    @counts.setter
    def counts(self, counts: tuple[int, ...]) -> None:
        (
            self.indexed,
            self.hits,
            self.misses,
            self.shared,
            self.stored,
            self.bypassed,
        ) = counts


class NotedAnswers:
    """Answers as one request asks for them; what becomes of it is noted.

    Parameters
    ----------
    answers
        Of the whole repository.
    trail
        Of the request.
    """

    __slots__ = ("_answers", "_trail")

    def __init__(self, answers: Answers, trail: Trail) -> None:
        self._answers = answers
        self._trail = trail

    @property
    def generations(self) -> Generations:
        """Moves of the repository."""
        return self._answers.generations

    async def ask(self, question: Question[_T]) -> _T:
        """Read an answer, alone or with others, as `Answers.ask` does."""
        if self._answers.is_shareable(question):
            self._trail.shared += 1
            self._note(None)
            return await self._answers.ask(question)
        self._trail.misses += 1
        answer = await self._answers.ask(question)
        entry = self._answers.peek(question.key)
        # Another read may have stored another answer meanwhile.
        self._note(entry if entry is not None and entry.value is answer else None)
        self._trail.stored += question.key in self._answers
        return answer

    def _note(self, entry: Entry | None) -> None:
        if self._trail.basis is not None:
            self._trail.basis.note(entry)

    def reading(self) -> AbstractContextManager[None]:
        """Count a read for several questions at once, as `Answers.reads` does."""
        return self._answers.reads()

    async def bypass(self, question: Question[_T]) -> _T:
        """Read an answer that must not be kept, for this caller alone."""
        self._trail.bypassed += 1
        self._note(None)
        return await self._answers.bypass(question)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._answers

    def peek(self, key: Hashable) -> Entry | None:
        """Return an entry that may be untrue by now, without noting anything."""
        return self._answers.peek(key)

    def prepare(self, question: Question[_T], value: _T, since: int) -> None:
        """Keep what came with another answer, if it is still true."""
        self._answers.prepare(question, value, since)

    def store(self, question: Question[_T], value: _T, since: int) -> None:
        """Keep what was read otherwise, if it is still true; see `Answers.store`."""
        self._trail.misses += 1
        self._note(None)  # many at once: nobody asks the same again
        self._answers.store(question, value, since)
        self._trail.stored += question.key in self._answers

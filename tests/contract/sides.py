"""The two sides of the contract: DirectButler, and the stock client of a server.

A test asks both the same question. Every difference is collected, and all of
them are reported together when the test ends: one wrong rule shows as what it
is, not as its first victim.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pprint import pformat
from typing import Any, TypeVar

from lsst.daf.butler import Butler, ButlerUserError, DatasetRef

from tests.contract.plain import plain
from tests.support.servers import ButleryServer

_MAXIMUM_SHOWN = 25
_T = TypeVar("_T")
Question = Callable[[Butler], Any]


@dataclass(frozen=True)
class Failure:
    """An exception as a user meets it: its class, and what its text speaks of.

    Words are compared as a set: sets inside messages have no order, and
    `KeyError` puts quotation marks around its text.
    """

    kind: str
    words: frozenset[str]
    text: str = field(compare=False)
    is_told: bool = field(compare=False)  # it has a name on the wire
    status: int | None = field(compare=False)


@dataclass
class Sides:
    """One repository seen from both sides."""

    name: str
    root: Path
    direct: Butler
    remote: Butler
    server: ButleryServer
    refs: tuple[DatasetRef, ...]  # every dataset, with full data IDs, sorted
    stride: int = 1  # short runs ask every n-th question where they need not all
    soak: bool = False
    differences: list[str] = field(default_factory=list)

    def ask(self, what: object, question: Question) -> Any:
        """Ask both, note a difference, and return DirectButler's plain answer."""
        expected = outcome(question, self.direct)
        self._compare(what, expected, outcome(question, self.remote))
        return expected

    def expect(self, what: object, expected: Any, question: Question) -> None:
        """Ask the server only, where DirectButler is no measure."""
        self._compare(what, expected, outcome(question, self.remote))

    def expect_failure(self, what: object, kind: str, question: Question) -> None:
        """Expect an exception of a class, whatever it says."""
        got = outcome(question, self.remote)
        if not isinstance(got, Failure) or got.kind != kind:
            self._compare(what, kind, got)

    def some(self, items: Sequence[_T], one_in: int = 1) -> Sequence[_T]:
        """Thin out questions that differ little: all of them only in a soak run."""
        return items if self.soak else items[:: one_in * self.stride]

    def one_of_each_type(self) -> list[DatasetRef]:
        return list({ref.datasetType.name: ref for ref in self.refs}.values())

    def report(self) -> None:
        """Fail with everything that differed since the last report."""
        found, self.differences = self.differences, []
        shown = "\n\n".join(found[:_MAXIMUM_SHOWN])
        assert not found, f"{len(found)} differences on {self.name}:\n\n{shown}"

    def _compare(self, what: object, expected: Any, got: Any) -> None:
        if expected != got and not _is_kinder(expected, got):
            pair = [f"  {line}" for line in _contrast(expected, got)]
            self.differences.append("\n".join([str(what), *pair]))


def outcome(question: Question, butler: Butler) -> Any:
    """Return the plain answer, or what was raised instead of one."""
    try:
        return plain(question(butler))
    except Exception as error:  # noqa: BLE001 - the class is what is compared
        text = str(error)
        words = frozenset(re.findall(r"[\w./-]+", text))
        told = isinstance(error, ButlerUserError)
        status = getattr(error, "status_code", None)
        return Failure(type(error).__name__, words, text, told, status)


def _is_kinder(expected: Any, got: Any) -> bool:
    """Tell whether DirectButler fails with what the stock server makes a 500 of.

    Any answer but a server error is better than that.
    """
    if not isinstance(expected, Failure) or expected.is_told:
        return False
    return not isinstance(got, Failure) or (got.status or 0) < 500


def _contrast(expected: Any, got: Any, path: str = "") -> list[str]:
    """Name the parts of two plain answers that differ."""
    if isinstance(expected, dict) and isinstance(got, dict):
        lines = []
        for key in [*expected, *(key for key in got if key not in expected)]:
            pair = expected.get(key, "(absent)"), got.get(key, "(absent)")
            if pair[0] != pair[1]:
                lines += _contrast(*pair, path=f"{path}.{key}")
        return lines
    where = path or "answer"
    return [f"{where}: expected {_short(expected)}", f"{where}: got      {_short(got)}"]


def _short(value: Any) -> str:
    if isinstance(value, Failure):
        return f"{value.kind}: {value.text[:300]}"
    return pformat(value, compact=True, width=200)[:600]

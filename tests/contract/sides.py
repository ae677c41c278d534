"""The two sides of the contract: DirectButler, and the clients of a server.

A test asks both the same question: the stock client, and this project's own whatever
both have. Every difference is collected, and all of
them are reported together when the test ends: one wrong rule shows as what it
is, not as its first victim.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from pprint import pformat
from typing import Any, TypeVar

from lsst.daf.butler import Butler, ButlerUserError, DatasetRef

from butlery import client
from tests.contract.plain import plain
from tests.support.servers import ButleryServer

_MAXIMUM_SHOWN = 25
_SHARED = frozenset(
    {
        "collections.get_info",
        "collections.query",
        "collections.query_info",
        "exists",
        "find_dataset",
        "get",
        "getURIs",
        "get_dataset",
        "get_dataset_type",
        "get_many_datasets",
        "query_all_datasets",
        "query_data_ids",
        "query_datasets",
        "query_dimension_records",
    }
)
_T = TypeVar("_T")
# Pickles, and parts of objects that only a Python class of somebody else's can tell.
_NEEDS_PYTHON = frozenset({"RefusedFormatError", "UnsupportedReadError"})
Question = Callable[[Any], Any]


class Call:
    """A question that is one call: `Call("collections.query", "*")`."""

    def __init__(self, path: str, *arguments: Any, **options: Any) -> None:
        self._path = path
        self._arguments = arguments
        self._options = options

    def __call__(self, butler: Any) -> Any:
        return attrgetter(self._path)(butler)(*self._arguments, **self._options)

    @property
    def is_shared(self) -> bool:
        """Whether this project's own client has it under the same name."""
        return self._path in _SHARED

    def __str__(self) -> str:
        options = [f"{name}={value!r}" for name, value in self._options.items()]
        return f"{self._path}({', '.join([*map(repr, self._arguments), *options])})"


@dataclass(frozen=True)
class Failure:
    """An exception as a user meets it: its class, and what its text speaks of."""

    kind: str
    text: str
    is_told: bool  # it has a name on the wire
    status: int | None

    def resembles(self, other: "Failure") -> bool:
        """Tell whether most words of this text are in the other's as well.

        Order does not count, since messages list sets; wording may be improved.
        """
        words, others = (set(re.findall(r"\w+", f.text)) for f in (self, other))
        return self.kind == other.kind and 2 * len(words & others) >= len(words)


@dataclass
class Sides:
    """One repository seen from both sides."""

    name: str
    root: Path
    direct: Butler
    remote: Butler
    light: client.Butler
    server: ButleryServer
    refs: tuple[DatasetRef, ...]  # every dataset, with full data IDs, sorted
    stride: int = 1  # short runs ask every n-th question where they need not all
    soak: bool = False
    differences: list[str] = field(default_factory=list)

    def ask(
        self,
        question: Question,
        then: Callable[[Any], Any] | None = None,
        *,
        what: object = "",
    ) -> Any:
        """Ask both, note a difference, and return DirectButler's plain answer.

        With `then` not the answers are compared, but what it makes of them.
        """
        expected = outcome(question, self.direct, then)
        got = outcome(question, self.remote, then)
        self._compare(what or question, expected, got)
        if isinstance(question, Call) and question.is_shared:
            mine = outcome(question, self.light, then)
            if not (isinstance(mine, Failure) and mine.kind in _NEEDS_PYTHON):
                self._compare(f"own client: {what or question}", expected, mine)
        return expected

    def expect(self, question: Question, kind: str, *, what: object = "") -> None:
        """Expect an exception of the server's, where DirectButler is no measure."""
        got = outcome(question, self.remote)
        if not isinstance(got, Failure) or got.kind != kind:
            self._compare(what or question, kind, got)
        if isinstance(question, Call) and question.is_shared:
            mine = outcome(question, self.light)
            if not isinstance(mine, Failure) or mine.kind != kind:
                self._compare(f"own client: {what or question}", kind, mine)

    def some(self, items: Sequence[_T], one_in: int = 1) -> Sequence[_T]:
        """Thin out questions that differ little: all of them only in a soak run."""
        return items if self.soak else items[:: one_in * self.stride]

    def one_of_each_type(self) -> list[DatasetRef]:
        return list({ref.datasetType.name: ref for ref in self.refs}.values())

    def some_types(self) -> list[DatasetRef]:
        """One dataset of each type, thinned out less than datasets are."""
        step = 1 if self.soak else max(1, self.stride // 2)
        return self.one_of_each_type()[::step]

    def report(self) -> None:
        """Fail with everything that differed since the last report."""
        found, self.differences = self.differences, []
        shown = "\n\n".join(found[:_MAXIMUM_SHOWN])
        assert not found, f"{len(found)} differences on {self.name}:\n\n{shown}"

    def _compare(self, what: object, expected: Any, got: Any) -> None:
        if not _agree(expected, got):
            pair = [f"  {line}" for line in _contrast(expected, got)]
            self.differences.append("\n".join([str(what), *pair]))


def outcome(
    question: Question, butler: Any, then: Callable[[Any], Any] | None = None
) -> Any:
    """Return the plain answer, or what was raised instead of one."""
    try:
        answer = question(butler)
        return plain(answer if then is None else then(answer))
    except Exception as error:  # noqa: BLE001 - the class is what is compared
        text = str(error)
        told = isinstance(error, ButlerUserError | client.ButlerUserError)
        status = getattr(error, "status_code", None)
        return Failure(type(error).__name__, text, told, status)


def _agree(expected: Any, got: Any) -> bool:
    if not isinstance(expected, Failure):
        return bool(expected == got)
    if isinstance(got, Failure) and expected.resembles(got):
        return True
    # What has no name on the wire is a 500 of the stock server: any answer but a
    # server error is kinder.
    is_server_error = isinstance(got, Failure) and (got.status or 0) >= 500
    return not expected.is_told and not is_server_error


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
        status = f" (status {value.status})" if value.status else ""
        return f"{value.kind}{status}: {value.text[:300]}"
    return pformat(value, compact=True, width=200)[:600]

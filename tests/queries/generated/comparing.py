"""When two answers to one query are the same.

Rows come in any order where none is asked for, or where it leaves some equal; a limit
then may take any of them.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lsst.daf.butler import (
    Butler,
    ButlerUserError,
    DataCoordinate,
    DatasetRef,
    DimensionRecord,
)

from .programs import Program, run


@dataclass(frozen=True)
class Failure:
    """An exception instead of an answer."""

    error: Exception

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


def answer(program: Program, butler: Butler, *, limit: int | None) -> Any:
    """Return an answer, or a `Failure`."""
    try:
        return run(program, butler, limit=limit)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be the same
        return Failure(error)


@dataclass(frozen=True)
class Verdict:
    """How two answers compare.

    Attributes
    ----------
    what
        Of what sort the direct butler's is.
    difference
        In what they differ, if they do.
    """

    what: Literal["rows", "no rows", "value", "error"]
    difference: str | None


def compare(program: Program, direct: Butler, remote: Butler) -> Verdict:
    """Run a program on both."""
    expected = answer(program, direct, limit=program.limit)
    found = answer(program, remote, limit=program.limit)
    if isinstance(found, Failure) and _lacks_runs(expected):
        return Verdict("error", None)
    if isinstance(expected, Failure) or isinstance(found, Failure):
        is_same = _are_same_failures(expected, found)
        return Verdict("error", None if is_same else _both(expected, found))
    if program.finish != "rows":
        return Verdict("value", None if expected == found else _both(expected, found))
    what: Literal["rows", "no rows"] = "rows" if expected else "no rows"
    return Verdict(what, _difference(program, expected, found, direct))


def _difference(
    program: Program, expected: list[Any], found: list[Any], direct: Butler
) -> str | None:
    ours, theirs = [plain(row) for row in found], [plain(row) for row in expected]
    both = _both(theirs, ours)
    if program.is_total:
        return None if ours == theirs else f"another order: {both}"
    if _order(program, expected) != _order(program, found):
        return f"another order: {both}"
    if program.limit is None:
        return None if Counter(ours) == Counter(theirs) else both
    unlimited = answer(program, direct, limit=None)
    if isinstance(unlimited, Failure):  # a limit may end before that
        return None if Counter(ours) == Counter(theirs) else both
    whole = Counter(plain(row) for row in unlimited)
    is_part = len(ours) == len(theirs) and not Counter(ours) - whole
    return None if is_part else f"not of the whole: {both}"


def _lacks_runs(expected: Any) -> bool:
    """Tell whether a direct butler has left out the RUNs of datasets.

    It does so for a dataset type without dimensions that is ordered by its RUN, and
    nothing that is sent can be made into such a reference.
    """
    return isinstance(expected, list) and any(
        isinstance(row, DatasetRef) and row.run is None for row in expected
    )


def _are_same_failures(expected: Any, found: Any) -> bool:
    """Tell whether both are the same error.

    What a direct butler says with an exception that is no user's error cannot come over
    the wire as the same class; its text does.
    """
    if not (isinstance(expected, Failure) and isinstance(found, Failure)):
        return False
    if _words(expected) == _words(found):
        return True
    is_foreign = not isinstance(expected.error, ButlerUserError)
    # Of a database's error without the statement.
    text = str(getattr(expected.error, "orig", None) or expected.error)
    return (
        is_foreign and isinstance(found.error, ButlerUserError) and text in str(found)
    )


def _words(failure: Failure) -> list[str]:
    """Return the words of a text in an order of ours: some are those of a set."""
    return sorted(re.findall(r"\w+", str(failure)))


def plain(row: Any) -> str:
    """Return all of a row as text."""
    match row:
        case DataCoordinate():
            records = dict(row.records) if row.hasRecords() else {}
            texts = sorted((name, plain(each)) for name, each in records.items())
            return f"{sorted(row.required.items())} {_implied(row)} {texts}"
        case DatasetRef():
            return f"{row.id} {row.run} {row.datasetType!r} {plain(row.dataId)}"
        case DimensionRecord():
            return repr(sorted(row.toDict().items()))
        case Mapping():
            return repr(sorted((str(name), repr(row[name])) for name in row))
        case _:
            return repr(row)


def _implied(data_id: DataCoordinate) -> Any:
    return sorted(data_id.mapping.items()) if data_id.hasFull() else ()


def _order(program: Program, rows: Any) -> list[Any]:
    """Return what of the rows' order is certain, and can be seen in the rows."""
    order: list[Any] = []
    for row in rows:
        key = []
        for term in program.order_by:
            value = _value(row, term.removeprefix("-"))
            if value is None:
                break
            key.append(value)
        order.append(tuple(key))
    return order


def _value(row: Any, name: str) -> Any:
    if isinstance(row, Mapping) and not isinstance(row, DataCoordinate):
        return row.get(name)
    data_id = row if isinstance(row, DataCoordinate) else row.dataId
    return data_id.mapping.get(name)


def _both(expected: Any, found: Any) -> str:
    return f"\n  direct: {_short(expected)}\n  server: {_short(found)}"


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, Failure) else repr(value)
    if isinstance(value, list):
        text = f"{len(value)} of {text}"
    return text[:1500]

"""Looks at rows before they are sent, without knowing how they were cut.

It should never find anything: the names of collections that leave a worker are checked
by the sight itself, so that a mistake elsewhere becomes a failure and not an answer.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from ...protocol.query_sight import QuerySight
from .errors import NotCutError

_NAMES = frozenset({"run", "collection"})


def check_page(sight: QuerySight | None, page: Any, rows: Sequence[Any]) -> None:
    """See that no row names a collection that is hidden.

    Raises
    ------
    NotCutError
        If one does.
    """
    if page.spec.result_type == "dataset_ref":
        check_names(sight, (ref.run for ref in rows))
    elif page.spec.result_type == "general":
        columns = enumerate(page.spec.get_result_columns())
        places = [n for n, column in columns if column.field in _NAMES]
        check_names(sight, (row[place] for row in rows for place in places))


def check_names(sight: QuerySight | None, names: Iterable[str]) -> None:
    """See that all names are of collections that are seen.

    Raises
    ------
    NotCutError
        If one is not.
    """
    if sight is not None and not all(map(sight.sees, set(names))):
        raise NotCutError("a row names a hidden collection")

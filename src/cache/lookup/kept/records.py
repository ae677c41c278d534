"""Records of large dimension elements: visits, exposures, patches and the like."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ....protocol.scalars import DataIdValue
from ....registry import DimensionGroup, Element
from ...answers import Question, new_records, old_records
from ...policies import Policy
from ..night import Row
from ..view import View
from .nights import looked_at, shown_by_element, shown_records


async def find_records(
    view: View, group: DimensionGroup, values: Mapping[str, DataIdValue]
) -> Mapping[str, Row | None]:
    """Return the large records of a data ID that the reader sees, by element."""
    elements = [e for e in group.lookup_order if not e.small and e.has_table]
    if not elements:
        return {}
    if view.indexed is not None and view.indexed.standing.has_records(elements):
        view.trail.indexed += 1
        indexed = view.indexed.records(group, values, elements)
        return await shown_by_element(view, group, indexed)
    names = [element.name for element in elements]

    async def read() -> Mapping[str, Row | None]:
        found = await view.snapshot.reader.records(group, values)
        return await shown_by_element(view, group, found)

    further = looked_at(view, names)
    found: Mapping[str, Row | None] = await _ask(
        view,
        ("records", group.names, tuple(values.items()), view.embargoes),
        [*names, *further],
        read,
        lambda found: {**dict.fromkeys(further), **found},
    )
    return found


async def search_records(
    view: View, element: Element, conditions: Mapping[str, Any], limit: int
) -> Sequence[Row]:
    """Return records of a large element that the reader sees, ordered by key.

    Of at most the first ``limit``.
    """
    if view.indexed is not None:
        records = view.indexed.search(element, conditions, limit)
        if records is not None:
            view.trail.indexed += 1
            return await shown_records(view, element, records)

    async def read() -> Sequence[Row]:
        found = await view.snapshot.reader.search(element, conditions, limit)
        return await shown_records(view, element, found)

    further = looked_at(view, [element.name])
    wanted = tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(conditions.items())
    )
    found: Sequence[Row] = await _ask(
        view,
        ("search", element.name, wanted, limit, view.embargoes),
        [element.name, *further],
        read,
        lambda _: dict.fromkeys([element.name, *further]),
    )
    return found


async def _ask(
    view: View,
    key: tuple[Any, ...],
    names: Sequence[str],
    read: Callable[[], Awaitable[Any]],
    elements: Callable[[Any], Mapping[str, object]],
) -> Any:
    policy = Policy.weakest(view.policies.of_dimension(name) for name in names)
    view.require(policy)
    entry = view.kept(key)
    if entry is not None:
        return entry.value
    dependencies = [d for n in names for d in (old_records(n), new_records(n))]
    question = Question(
        key,
        tuple(dependencies),
        read,
        lambda found: view.terms(Policy.PERMANENT, (), elements(found)),
    )
    return await view.ask(question, policy)

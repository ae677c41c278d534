"""Records of large dimension elements: visits, exposures, patches and the like."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ....protocol.scalars import DataIdValue
from ....registry import DimensionGroup, Element
from ...answers import Question, new_records, old_records
from ...policies import Policy
from ..view import View

RecordValues = dict[str, Any]


async def find_records(
    view: View, group: DimensionGroup, values: Mapping[str, DataIdValue]
) -> dict[str, RecordValues | None]:
    """Return the large records of a data ID, by element."""
    elements = [e for e in group.lookup_order if not e.small and e.has_table]
    if not elements:
        return {}
    if view.indexed is not None and view.indexed.standing.has_records(elements):
        view.trail.indexed += 1
        return view.indexed.records(group, values, elements)
    names = [element.name for element in elements]
    found: dict[str, RecordValues | None] = await _ask(
        view,
        ("records", group.names, tuple(values.items())),
        names,
        lambda: view.snapshot.reader.records(group, values),
        lambda found: found,
    )
    return found


async def search_records(
    view: View, element: Element, conditions: Mapping[str, Any], limit: int
) -> list[RecordValues]:
    """Return at most ``limit`` records of a large element, ordered by key."""
    if view.indexed is not None:
        records = view.indexed.search(element, conditions, limit)
        if records is not None:
            view.trail.indexed += 1
            return records
    wanted = tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(conditions.items())
    )
    found: list[RecordValues] = await _ask(
        view,
        ("search", element.name, wanted, limit),
        [element.name],
        lambda: view.snapshot.reader.search(element, conditions, limit),
        lambda _: {element.name: None},
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

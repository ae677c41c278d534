"""The nights that things were observed in, and what embargoes hide for them.

This is the one place that says whether a dataset or a dimension record is hidden by
its night. What has no night that is known is of none that is open. Answers are kept
for those whom the same embargoes bind: from others nobody can learn what they asked.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from ....protocol.dimensions import DataId
from ....protocol.embargo import Embargo
from ....registry import DimensionGroup, Element, RegisteredDatasetType, StoredDataset
from ...answers import Dependency, Question, new_records, old_records
from ...policies import Policy
from ..indexed import IndexedAnswers
from ..night import NIGHT, Row, has_night, is_hidden, night_of
from ..view import View

_OBSERVED = ("exposure", "visit")
_GROUP = "group"  # of exposures; has no night itself
_TIMED = frozenset({NIGHT, _GROUP, *_OBSERVED})
_AT_ONCE = 1000

Key = tuple[Any, ...]


async def hiding(
    view: View, dataset_type: RegisteredDatasetType, values: DataId
) -> tuple[Embargo, ...]:
    """Return the embargoes that hide datasets with a data ID, in the RUNs they cover.

    Parameters
    ----------
    values
        Of the required dimensions, of the right types.
    """
    embargoes = _concerning(view, dataset_type)
    if not embargoes:
        return ()
    (night,) = await _nights(view, dataset_type.group, [values])
    instrument = values.get("instrument")
    return tuple(e for e in embargoes if e.hides(instrument, night))


async def hidden_datasets(view: View, datasets: Iterable[StoredDataset]) -> set[UUID]:
    """Return the UUIDs of datasets that embargoes hide."""
    by_type: dict[Any, list[StoredDataset]] = {}
    for dataset in datasets:
        by_type.setdefault(dataset.dataset_type_id, []).append(dataset)
    hidden: set[UUID] = set()
    for id_, members in by_type.items():
        type_ = view.snapshot.dataset_types.by_id.get(id_)
        if type_ is not None:
            hidden |= await _hidden_of_type(view, type_, members)
    return hidden


async def _hidden_of_type(
    view: View, dataset_type: RegisteredDatasetType, datasets: Sequence[StoredDataset]
) -> set[UUID]:
    embargoes = _concerning(view, dataset_type)
    covered = []
    for dataset in datasets:
        run = view.snapshot.collections.whole.by_key.get(dataset.run)
        in_run = [e for e in embargoes if run is not None and e.covers_run(run.name)]
        if in_run and dataset.values is not None:
            required = dataset_type.group.required
            values = dict(zip(required, dataset.values, strict=True))
            covered.append((dataset.id, values, in_run))
    if not covered:
        return set()
    nights = await _nights(view, dataset_type.group, [v for _, v, _ in covered])
    return {
        id_
        for (id_, values, in_run), night in zip(covered, nights, strict=True)
        if is_hidden(values, night, in_run)
    }


def on_nights(view: View) -> list[Dependency]:
    """Return on what it depends whether any dataset is hidden by its night."""
    if not view.embargoes:
        return []
    names = [name for name in _OBSERVED if name in view.snapshot.universe.elements]
    return [moved(name) for name in names for moved in (old_records, new_records)]


async def shown_records(
    view: View, element: Element, rows: Sequence[Row]
) -> Sequence[Row]:
    """Return the records that no embargo hides."""
    if not view.embargoes or not rows:
        return rows
    nights: Sequence[Any]
    if has_night(element):
        nights = [night_of(element, row) for row in rows]
    elif element.name == _GROUP:
        nights = [await _night_of_group(view, row) for row in rows]
    else:
        return rows
    return [
        row
        for row, night in zip(rows, nights, strict=True)
        if not is_hidden(row, night, view.embargoes)
    ]


async def shown_by_element(
    view: View, group: DimensionGroup, found: Mapping[str, Row | None]
) -> dict[str, Row | None]:
    """Return the records of a data ID; of what is hidden there is none."""
    shown = dict(found)
    hidden: set[str] = set()
    for element in group.lookup_order:
        row = shown.get(element.name)
        if row is None:
            continue
        if not hidden.isdisjoint(element.dependencies):
            shown[element.name] = None
        elif not await shown_records(view, element, [row]):
            shown[element.name] = None
            hidden.add(element.name)
    return shown


def looked_at(view: View, names: Iterable[str]) -> list[str]:
    """Return the elements whose records say whether those of others are shown."""
    has_more = view.embargoes and _GROUP in names and _has_groups(view)
    return [_OBSERVED[0]] if has_more else []


def _concerning(view: View, dataset_type: RegisteredDatasetType) -> tuple[Embargo, ...]:
    if not view.embargoes or _TIMED.isdisjoint(dataset_type.group.names):
        return ()
    return tuple(e for e in view.embargoes if e.covers_type(dataset_type.name))


async def _nights(
    view: View, group: DimensionGroup, data_ids: Sequence[DataId]
) -> list[Any]:
    """Return the night of each data ID; `None`: it is not known."""
    if NIGHT in group.required:
        return [values[NIGHT] for values in data_ids]
    name = next((n for n in _OBSERVED if n in group.required), None)
    if name is None:
        return [None] * len(data_ids)
    element = group.universe_elements[name]
    keys = [tuple(values[n] for n in element.required) for values in data_ids]
    nights = await _find_nights(view, element, list(dict.fromkeys(keys)))
    return [nights[key] for key in keys]


async def _find_nights(
    view: View, element: Element, keys: Sequence[Key]
) -> dict[Key, Any]:
    if not has_night(element):
        return dict.fromkeys(keys)
    if view.indexed is not None and view.indexed.standing.has_records([element]):
        view.trail.indexed += 1
        indexed = view.indexed
        return {key: _indexed_night(view, indexed, element, key) for key in keys}
    policy = view.policies.of_dimension(element.name)
    view.require(policy)
    nights: dict[Key, Any] = {}
    missing: list[Key] = []
    for key in keys:
        entry = view.kept(_key(view, element, key))
        if entry is None:
            missing.append(key)
        else:
            nights[key] = entry.value
    if len(missing) == 1:
        (key,) = missing
        nights[key] = await view.ask(_question(view, element, key), policy)
    elif missing:
        nights |= await _read_all(view, element, missing)
    return nights


def _indexed_night(
    view: View, indexed: IndexedAnswers, element: Element, key: Key
) -> Any:
    values = dict(zip(element.required, key, strict=True))
    group = view.snapshot.universe.group([element.name])
    row = indexed.records(group, values, [element])[element.name]
    return None if row is None else night_of(element, row)


def _key(view: View, element: Element, key: Key) -> Hashable:
    return ("night", element.name, key, view.embargoes)


def _question(view: View, element: Element, key: Key) -> Question[Any]:
    async def read() -> Any:
        return (await _read(view, element, [key])).get(key)

    return Question(
        _key(view, element, key),
        (old_records(element.name), new_records(element.name)),
        read,
        lambda night: view.terms(Policy.PERMANENT, (), {element.name: night}),
    )


async def _read_all(
    view: View, element: Element, keys: Sequence[Key]
) -> dict[Key, Any]:
    """Read the nights of many, and keep each."""
    nights: dict[Key, Any] = {}
    since = view.answers.generations.now
    for begin in range(0, len(keys), _AT_ONCE):
        some = keys[begin : begin + _AT_ONCE]
        with view.answers.reading():
            found = await _read(view, element, some)
        for key in some:
            nights[key] = found.get(key)
            view.answers.store(_question(view, element, key), nights[key], since)
    return nights


async def _read(view: View, element: Element, keys: Sequence[Key]) -> dict[Key, Any]:
    """Read nights, in one statement for each of what they depend on."""
    columns = [element.column_of(name) for name in element.required]
    by_dependencies: dict[Key, list[Any]] = {}
    for *dependencies, value in keys:
        by_dependencies.setdefault(tuple(dependencies), []).append(value)
    nights: dict[Key, Any] = {}
    for known, values in by_dependencies.items():
        conditions = {**dict(zip(columns, known, strict=False)), columns[-1]: values}
        search = view.snapshot.reader.search
        for row in await search(element, conditions, len(values)):
            key = tuple(row[column] for column in columns)
            nights[key] = night_of(element, row)
    return nights


async def _night_of_group(view: View, group: Row) -> int | None:
    """Return the first night of a group's exposures; `None`: none is known."""
    if not _has_groups(view):
        return None
    element = view.snapshot.universe.elements[_OBSERVED[0]]
    name = view.snapshot.universe.elements[_GROUP].primary_key.name
    conditions = {"instrument": group.get("instrument"), _GROUP: group[name]}
    rows: Sequence[Row] | None = None
    if view.indexed is not None:
        rows = view.indexed.search(element, conditions, _AT_ONCE)
    if rows is None:
        search = view.snapshot.reader.search
        rows = await search(element, conditions, _AT_ONCE)
    nights = [night_of(element, row) for row in rows]
    return min((n for n in nights if isinstance(n, int)), default=None)


def _has_groups(view: View) -> bool:
    element = view.snapshot.universe.elements.get(_OBSERVED[0])
    return element is not None and has_night(element) and _GROUP in element.implied

"""What an operator means by the names and globs of a command.

A name that nothing has is an error that names it, and the nearest that there is.
"""

from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping, Sequence

from ...protocol.errors import NotFoundError, UnavailableError
from ...protocol.globs import NameExpression
from ...registry import RegisteredDatasetType
from ..repository import Repository
from ..snapshot import Collection, Snapshot

_MOST_COMPARED = 2_000  # 0.1 s


async def newest_snapshot(repository: Repository) -> Snapshot:
    """Return the snapshot of now; if the database is away, the last one."""
    try:
        return await repository.keeper.current()
    except UnavailableError:
        return repository.keeper.snapshot


async def require_names(
    repository: Repository, arguments: Mapping[str, Sequence[str]]
) -> None:
    """See that everything a command names exists, by the newest definitions.

    Raises
    ------
    NotFoundError
        If something does not.
    UnavailableError
        If it does not, and the database is away.
    """
    try:
        _require(await newest_snapshot(repository), arguments)
    except NotFoundError:
        repository.keeper.renew_definitions()
        await repository.keeper.check()
        _require(repository.keeper.snapshot, arguments)


def _require(snapshot: Snapshot, arguments: Mapping[str, Sequence[str]]) -> None:
    select_collections(snapshot, arguments.get("collections", ()))
    select_dataset_types(snapshot, arguments.get("dataset_types", ()))
    select_dimensions(snapshot, arguments.get("dimensions", ()))


def select_collections(snapshot: Snapshot, terms: Sequence[str]) -> list[Collection]:
    """Return the collections that names and globs list, each once.

    Raises
    ------
    NotFoundError
        If a name is unknown, or a glob matches nothing.
    """
    by_name = snapshot.collections.by_name
    return [by_name[name] for name in _select("collection", terms, by_name)]


def select_dataset_types(
    snapshot: Snapshot, terms: Sequence[str]
) -> list[RegisteredDatasetType]:
    """Return the dataset types that names and globs list, each once.

    Raises
    ------
    NotFoundError
        If a name is unknown, or a glob matches nothing.
    """
    by_name = snapshot.dataset_types.by_name
    return [by_name[name] for name in _select("dataset type", terms, by_name)]


def select_dimensions(snapshot: Snapshot, names: Sequence[str]) -> list[str]:
    """Return the dimension elements with these names, each once.

    Raises
    ------
    NotFoundError
        If one is unknown.
    """
    return _select("dimension", names, snapshot.universe.elements)


def _select(kind: str, terms: Sequence[str], known: Names[str]) -> list[str]:
    selected: dict[str, None] = {}
    for term in terms:
        expression = NameExpression.parse([term])
        matches = expression.matcher()
        found = (
            [name for name in known if matches(name)]
            if expression.has_globs
            else [name for name in expression.names if name in known]
        )
        if not found:
            raise NotFoundError(describe_unknown(kind, term, known))
        selected |= dict.fromkeys(found)
    return list(selected)


def describe_unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return one sentence about a name that nothing has."""
    text = f"Unknown {kind} {name!r}"
    names = list(known)
    if len(names) > _MOST_COMPARED:
        return f"{text}."
    from difflib import get_close_matches  # slow to import, and rarely needed

    near = get_close_matches(name, names, n=1)
    return f"{text}; the nearest is {near[0]!r}." if near else f"{text}."

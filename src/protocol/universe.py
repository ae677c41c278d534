"""The rules by which dimensions are ordered and grouped; both ends recompute them.

Everything positional on the wire follows them: the columns of rows, and the values of
a data coordinate.
"""

from collections.abc import Callable, Collection, Iterable, Mapping


def placing_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Return elements in the order of the universe.

    Each stands behind all that it needs, and alphabetically among those that could
    come next.

    Parameters
    ----------
    needs
        What each element depends on, by its name.

    Raises
    ------
    ValueError
        If some depend on each other, or on what does not exist.
    """
    waiting = dict(needs)
    placed: dict[str, None] = {}
    while waiting:
        ready = sorted(name for name, n in waiting.items() if placed.keys() >= {*n})
        if not ready:
            raise ValueError(f"elements depend on each other: {sorted(waiting)}")
        for name in ready:
            del waiting[name]
            placed[name] = None
    return list(placed)


def closure(
    names: Iterable[str], dimensions_of: Callable[[str], Iterable[str]]
) -> frozenset[str]:
    """Return the smallest group that has all ``names``.

    Parameters
    ----------
    names
        Dimensions.
    dimensions_of
        Returns what a dimension requires and implies, or raises.
    """
    todo, seen = set(names), set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        todo |= {*dimensions_of(name)} - seen
    return frozenset(seen)


def split_group(
    names: Iterable[str], implied_by: Callable[[str], Iterable[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the dimensions that a data ID must have, and those that they imply.

    Parameters
    ----------
    names
        All of a group, in the order of the universe.
    implied_by
        Returns what a dimension implies directly.
    """
    ordered = tuple(names)
    by_others = {implied for name in ordered for implied in implied_by(name)}
    return (
        tuple(name for name in ordered if name not in by_others),
        tuple(name for name in ordered if name in by_others),
    )

"""What the cache must answer, the slow and obvious way.

Each model is written from the rules of the protocol, without a thought for speed,
and shares no code with what it judges.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

RUN, TAGGED, CHAINED, CALIBRATION = 1, 2, 3, 4


def is_glob(term: str) -> bool:
    after = term.partition("[")[2]
    return "*" in term or "?" in term or "]" in after


@dataclass(frozen=True)
class ModelCollection:
    """A collection; a chain has children."""

    name: str
    type: int
    children: tuple[str, ...] = ()


class ModelCatalog:
    """All collections, in order of creation."""

    def __init__(self, collections: Sequence[ModelCollection]) -> None:
        plain = [c for c in collections if c.type != CHAINED]
        chains = [c for c in collections if c.type == CHAINED]
        self.by_name = {c.name: c for c in [*plain, *chains]}

    def descend(self, name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        """Yield a collection and all below it, as often as they are there."""
        if name in above:
            return
        yield name
        for child in self.by_name[name].children:
            yield from self.descend(child, (*above, name))

    def flatten(self, names: Iterable[str]) -> list[str]:
        return _once(below for name in names for below in self.descend(name))

    def search_path(self, terms: Sequence[str]) -> list[str]:
        named = [*self._matched(terms), *self._explicit(terms)]
        flat = self.flatten(named)
        return [name for name in flat if self.by_name[name].type != CHAINED]

    def query(
        self,
        terms: Sequence[str],
        types: Iterable[int],
        *,
        flatten_chains: bool,
        include_chains: bool,
    ) -> list[str]:
        matched, explicit = self._matched(terms), self._explicit(terms)
        listed = [*matched, *explicit]
        if flatten_chains and "*" not in terms:
            listed = [*matched, *self.flatten(explicit), *self._below(matched)]
        wanted = {*types} if include_chains else {*types} - {CHAINED}
        return [n for n in _once(listed) if self.by_name[n].type in wanted]

    def _below(self, names: Iterable[str]) -> list[str]:
        found = [list(self.descend(name))[1:] for name in names]
        return _once(name for members in found for name in members)

    def _matched(self, terms: Sequence[str]) -> list[str]:
        globs = [term for term in terms if is_glob(term)]
        return [n for n in self.by_name if any(fnmatchcase(n, g) for g in globs)]

    def _explicit(self, terms: Sequence[str]) -> list[str]:
        """Return the explicit names; a missing one is a `KeyError`."""
        if "*" in terms:
            return []
        names = _once(term for term in terms if not is_glob(term))
        missing = [name for name in names if name not in self.by_name]
        if missing:
            raise KeyError(*missing)
        return names

    def parents(self, name: str) -> list[str]:
        return [c.name for c in self.by_name.values() if name in c.children]


def _once(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name not in found:
            found.append(name)
    return found


def union(
    summaries: Mapping[str, frozenset[object]], names: Iterable[str]
) -> set[object]:
    """Return what any of some collections has."""
    return {item for name in names for item in summaries.get(name, frozenset())}

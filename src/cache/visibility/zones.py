"""Zones: collections that the same readers see.

Source: DMTN-182, section 3: ``u/{user}`` is a user's own, ``g/{group}`` a group's, and
everything else is for all who may open the repository, unless a rule says otherwise.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from ...protocol.query_sight import NameTerm

EVERYBODY = ""
"""The zone of what all see who may open the repository."""

_OWNED = frozenset({"u", "g"})


class Zoning:
    """Says in which zone a collection lies.

    Parameters
    ----------
    prefixes
        Of the names for which there are rules; the first that fits counts.
    """

    def __init__(self, prefixes: Sequence[str] = ()) -> None:
        self._rules = [(p, self.of_rule(n)) for n, p in enumerate(prefixes)]

    def zone(self, name: str) -> str:
        """Return the zone of a collection."""
        for prefix, zone in self._rules:
            if name.startswith(prefix):
                return zone
        kind, slash, rest = name.partition("/")
        if slash and kind in _OWNED:
            return f"{kind}/{rest.partition('/')[0]}"
        return EVERYBODY

    def terms(self, zones: AbstractSet[str]) -> Iterator[NameTerm]:
        """Yield the names in some zones, for those who cannot ask for their zone.

        The first that fits a name says whether it is in one of them.
        """
        for prefix, zone in self._rules:
            yield NameTerm(prefix, is_whole=False, is_seen=zone in zones)
        for zone in sorted(zones):
            kind, slash, owner = zone.partition("/")
            if slash and kind in _OWNED and "/" not in owner:
                yield NameTerm(zone, is_whole=True, is_seen=True)
                yield NameTerm(f"{zone}/", is_whole=False, is_seen=True)
        for kind in sorted(_OWNED):
            yield NameTerm(f"{kind}/", is_whole=False, is_seen=False)
        yield NameTerm("", is_whole=False, is_seen=EVERYBODY in zones)

    @staticmethod
    def of_rule(number: int) -> str:
        """Return the zone of what a rule names."""
        return f"rule {number}"

    @staticmethod
    def of_user(name: str) -> str:
        """Return the zone of a user's own collections."""
        return f"u/{name}"

    @staticmethod
    def of_group(name: str) -> str:
        """Return the zone of a group's collections."""
        return f"g/{name}"

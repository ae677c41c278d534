"""Nights that are not open yet: the one rule for lookups and for general queries."""

from collections.abc import Callable
from functools import cached_property

import msgspec

from .globs import NameExpression


class Embargo(msgspec.Struct, frozen=True, cache_hash=True, dict=True):
    """Nights that a reader does not see yet.

    Hidden are the datasets of these nights in some RUNs, and, wherever they are asked
    for, the dimension records of these nights.

    Parameters
    ----------
    prefixes
        Of the names of the RUNs.
    dataset_types
        Globs of their names.
    instruments
        Whose nights; none: all.
    last_day
        The newest ``day_obs`` that is open, as YYYYMMDD.
    """

    prefixes: tuple[str, ...]
    dataset_types: tuple[str, ...]
    instruments: tuple[str, ...]
    last_day: int

    def covers_type(self, name: str) -> bool:
        """Tell whether it is about datasets of a type."""
        return self._matches(name) or name in self._types.names

    def covers_run(self, name: str) -> bool:
        """Tell whether it is about datasets of a RUN."""
        return name.startswith(self.prefixes)

    def hides(self, instrument: object, night: object) -> bool:
        """Tell whether a night is not open yet; `None`, an unknown one, never is."""
        if self.instruments and instrument not in self.instruments:
            return False
        return not isinstance(night, int) or night > self.last_day

    @cached_property
    def _types(self) -> NameExpression:
        return NameExpression.parse(self.dataset_types)

    @cached_property
    def _matches(self) -> Callable[[str], bool]:
        return self._types.matcher()

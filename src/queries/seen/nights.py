"""Which rows embargoes hide, as SQL: the rules of lookups, put where tables are read.

What has no night that is known is of none that is open.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy
from lsst.daf.butler import DimensionElement, DimensionGroup, DimensionUniverse
from sqlalchemy import ColumnElement, false, func, or_, select, true

from ...protocol.embargo import Embargo
from ...protocol.query_sight import QuerySight

_NIGHT = "day_obs"
_OBSERVED = ("exposure", "visit")
_GROUP = "group"  # of exposures; its night is the first of theirs
_TIMED = frozenset({_NIGHT, _GROUP, *_OBSERVED})

Columns = Mapping[str, Any]
Term = ColumnElement[bool]


class Nights:
    """The nights of a repository.

    Parameters
    ----------
    tables
        Of dimension elements, by name.
    universe
        Of the dimensions.
    embargoes
        What is hidden.

    Raises
    ------
    NotImplementedError
        If daf_butler keeps records of nights, which no predicate reaches.
    """

    def __init__(
        self,
        tables: Mapping[str, sqlalchemy.Table],
        universe: DimensionUniverse,
        embargoes: tuple[Embargo, ...],
    ) -> None:
        self._tables = tables
        self._embargoes = embargoes
        names = _TIMED & set(universe.dimensions.names)
        if embargoes and any(universe[name].is_cached for name in names):
            raise NotImplementedError("records of nights are kept; they cannot be cut")
        self._keys = {n: list(universe[n].required.names) for n in names}
        self._columns = {n: list(universe[n].schema.required.names) for n in names}

    def shown(
        self, element: DimensionElement, keys: Columns, vouched: AbstractSet[str]
    ) -> Iterator[Term]:
        """Yield what must hold for each row of an element's own table.

        Parameters
        ----------
        keys
            Its columns of dimensions, by their names.
        vouched
            Dimensions by which the rows are joined to others that are shown.
        """
        is_observed = element.name in _OBSERVED
        names = {element.name} if is_observed else set(element.required.names)
        timed = sorted((_TIMED & names) - vouched)
        table = self._tables[element.name]
        for embargo in self._embargoes:
            for name in timed:
                if name == element.name and name in _OBSERVED:
                    is_open = _until(table.columns.get(_NIGHT), embargo)
                else:
                    is_open = self._is_open(name, keys, embargo)
                yield _for_instruments(is_open, keys, embargo)

    def is_open(
        self, dimensions: DimensionGroup, keys: Columns, embargo: Embargo
    ) -> Term:
        """Return whether the night of a dataset is open."""
        names = (_NIGHT, *_OBSERVED)
        name = next((n for n in names if n in dimensions.required), _NIGHT)
        is_open = (
            self._is_open(name, keys, embargo)
            if name in dimensions.required
            else false()
        )
        return _for_instruments(is_open, keys, embargo)

    def _is_open(self, name: str, keys: Columns, embargo: Embargo) -> Term:
        if name == _NIGHT:
            return _until(keys[_NIGHT], embargo)
        observed = _OBSERVED[0] if name == _GROUP else name
        if observed not in self._keys:
            return false()
        table = self._tables[observed].alias()
        # Exposures have the columns of their group under its dimensions' names.
        columns = self._keys[name] if name == _GROUP else self._columns[name]
        if not {*columns, _NIGHT} <= set(table.columns.keys()):
            return false()
        same = [
            table.columns[column] == keys[dimension]
            for column, dimension in zip(columns, self._keys[name], strict=True)
        ]
        return (
            select(sqlalchemy.literal(1))
            .select_from(table)
            .where(*same, _until(table.columns[_NIGHT], embargo))
            .correlate_except(table)
            .exists()
        )


def is_timed(dimensions: DimensionGroup) -> bool:
    """Tell whether datasets with these dimensions are of a night."""
    return not _TIMED.isdisjoint(dimensions.names)


def has_prefix(name: ColumnElement[str], prefixes: tuple[str, ...]) -> Term:
    """Return whether a name begins with any of these.

    Not by LIKE, for which case may not count and some characters are others.
    """
    fits = (func.substr(name, 1, len(prefix)) == prefix for prefix in prefixes)
    return or_(false(), *fits)


def is_seen(name: ColumnElement[str], sight: QuerySight) -> Term:
    """Return whether a collection is seen."""
    cases = [
        (
            name == term.text if term.is_whole else has_prefix(name, (term.text,)),
            sqlalchemy.literal(int(term.is_seen)),
        )
        for term in sight.terms
    ]
    return sqlalchemy.case(*cases, else_=sqlalchemy.literal(0)) == 1


def _until(night: Any, embargo: Embargo) -> Term:
    term: Term = false() if night is None else night <= embargo.last_day
    return term


def _for_instruments(is_open: Term, keys: Columns, embargo: Embargo) -> Term:
    if not embargo.instruments:
        return is_open
    if "instrument" not in keys:
        return true()
    return or_(keys["instrument"].not_in(embargo.instruments), is_open)

"""Predicates in conjunctive normal form: all of some clauses, and any of each.

A server understands nothing else. Bringing an expression into this form can multiply
it; what grows beyond all sense is refused here, before memory or a server suffers.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, product
from math import prod
from typing import Any

import msgspec

from .operands import Operand
from .predicates import Leaf

_MAX_LEAVES = 50_000
"""Of them a body has some 10 MB, more than servers read."""


class Predicate(msgspec.Struct, frozen=True):
    """All of these clauses, and any condition of each; without clauses it is true."""

    clauses: tuple[tuple[Leaf, ...], ...] = ()

    @classmethod
    def of(cls, leaf: Leaf) -> "Predicate":
        """Return a predicate that is one condition."""
        return cls(((leaf,),))

    @classmethod
    def all_of(cls, predicates: Iterable["Predicate"]) -> "Predicate":
        """Return what is true if all are."""
        return cls(tuple(chain.from_iterable(p.clauses for p in predicates)))

    @classmethod
    def any_of(cls, predicates: Iterable["Predicate"]) -> "Predicate":
        """Return what is true if any is.

        Raises
        ------
        ValueError
            If that has far more conditions than the predicates have.
        """
        alternatives = [p.clauses for p in predicates]
        _check_growth(alternatives)
        return cls(tuple(tuple(chain(*some)) for some in product(*alternatives)))

    def inverted(self) -> "Predicate":
        """Return what is true if this is false."""
        return Predicate.any_of(
            Predicate(tuple((leaf.inverted(),) for leaf in clause))
            for clause in self.clauses
        )

    @property
    def wire(self) -> dict[str, Any]:
        """The JSON that is sent."""
        clauses = ([leaf.wire for leaf in clause] for clause in self.clauses)
        return {"operands": list(clauses)}

    @property
    def dimensions(self) -> frozenset[str]:
        """Dimensions that a query must have for it."""
        return frozenset[str]().union(*(each.dimensions for each in self._operands))

    @property
    def datasets(self) -> frozenset[str]:
        """Dataset types that a query must search for it."""
        return frozenset[str]().union(*(each.datasets for each in self._operands))

    @property
    def _operands(self) -> Iterator[Operand]:
        leaves = chain.from_iterable(self.clauses)
        return chain.from_iterable(leaf.operands for leaf in leaves)


def _check_growth(alternatives: list[tuple[tuple[Leaf, ...], ...]]) -> None:
    """Refuse a product that is too large, before it is made."""
    clauses = prod(map(len, alternatives))
    if not clauses:
        return
    sizes = [sum(map(len, each)) for each in alternatives]
    leaves = sum(
        size * clauses // len(each)
        for size, each in zip(sizes, alternatives, strict=True)
    )
    if leaves > max(_MAX_LEAVES, sum(sizes)):
        raise ValueError(
            f"As an AND of ORs, which is how it is sent, this has {leaves} conditions; "
            "ask in several queries, or with IN and lists in bind."
        )

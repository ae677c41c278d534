"""How long an answer about a collection, dataset type or dimension is kept.

Chosen by glob in the configuration: of the rules that name a kind of thing, the first
whose glob matches decides; without one it is ``dynamic``.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from ..protocol.globs import NameExpression


class Policy(enum.StrEnum):
    """How long an answer is kept."""

    PERMANENT = "permanent"
    """For ever, until an operator says otherwise or the self-check finds a change."""
    DYNAMIC = "dynamic"
    """While nothing that it depends on is known to have moved."""
    VOLATILE = "volatile"
    """Never."""

    @staticmethod
    def weakest(policies: Iterable["Policy"]) -> "Policy":
        """Return the policy of an answer made from several things."""
        found = set(policies)
        if Policy.VOLATILE in found:
            return Policy.VOLATILE
        return Policy.DYNAMIC if Policy.DYNAMIC in found else Policy.PERMANENT


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule: globs of the things for which it holds."""

    policy: Policy
    collections: Sequence[str] = ()
    dataset_types: Sequence[str] = ()
    dimensions: Sequence[str] = ()


Kind = Literal["collection", "dataset type", "dimension"]
Thing = tuple[Kind, str]
"""What has a policy: its kind and its name."""


@dataclass(frozen=True)
class Policies:
    """All rules of one repository.

    Parameters
    ----------
    rules
        In the order of the configuration.
    unmarked
        What was to be permanent and has been found to change; it is dynamic.
    """

    rules: Sequence[PolicyRule] = ()
    unmarked: frozenset[Thing] = frozenset()

    @cached_property
    def has_permanent(self) -> bool:
        """Whether anything at all can be permanent."""
        return any(rule.policy is Policy.PERMANENT for rule in self.rules)

    def of_collection(self, name: str) -> Policy:
        """Return the policy of a collection."""
        return self._of("collection", name, self._of_collection)

    def of_dataset_type(self, name: str) -> Policy:
        """Return the policy of a dataset type's definition."""
        return self._of("dataset type", name, self._of_dataset_type)

    def of_dimension(self, name: str) -> Policy:
        """Return the policy of a dimension element's records."""
        return self._of("dimension", name, self._of_dimension)

    def of(self, thing: Thing) -> Policy:
        """Return the policy of anything that has one."""
        kind, name = thing
        if kind == "collection":
            return self.of_collection(name)
        if kind == "dataset type":
            return self.of_dataset_type(name)
        return self.of_dimension(name)

    def _of(self, kind: Kind, name: str, decide: "_Decision") -> Policy:
        policy = decide(name)
        if policy is Policy.PERMANENT and (kind, name) in self.unmarked:
            return Policy.DYNAMIC
        return policy

    @cached_property
    def _of_collection(self) -> "_Decision":
        return _Decision([(r.policy, r.collections) for r in self.rules])

    @cached_property
    def _of_dataset_type(self) -> "_Decision":
        return _Decision([(r.policy, r.dataset_types) for r in self.rules])

    @cached_property
    def _of_dimension(self) -> "_Decision":
        return _Decision([(r.policy, r.dimensions) for r in self.rules])


class _Decision:
    """The first matching rule, remembered by name."""

    def __init__(self, rules: Iterable[tuple[Policy, Sequence[str]]]) -> None:
        self._rules = [(p, NameExpression.parse(g)) for p, g in rules if g]
        self._matchers = [expression.matcher() for _, expression in self._rules]
        self._remembered = lru_cache(maxsize=200_000)(self._decide)

    def __call__(self, name: str) -> Policy:
        return self._remembered(name)

    def _decide(self, name: str) -> Policy:
        for (policy, expression), matches in zip(
            self._rules, self._matchers, strict=True
        ):
            if name in expression.names or matches(name):
                return policy
        return Policy.DYNAMIC

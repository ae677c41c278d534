"""In which night something was observed, as its dimension record says."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...protocol.embargo import Embargo
from ...registry import Element

NIGHT = "day_obs"
"""A dimension, or in old universes metadata of exposures and visits."""

Row = Mapping[str, Any]


def has_night(element: Element) -> bool:
    """Tell whether a record says itself in which night it is."""
    return element.name == NIGHT or NIGHT in element.implied or NIGHT in element.facts


def night_of(element: Element, row: Row) -> Any:
    """Return the night in a record of an element that has one."""
    return row.get(element.primary_key.name if element.name == NIGHT else NIGHT)


def is_hidden(row: Row, night: object, embargoes: Sequence[Embargo]) -> bool:
    """Tell whether an embargo hides a record or data ID of a night."""
    return any(e.hides(row.get("instrument"), night) for e in embargoes)

"""The texts that triggers send, and what they mean.

Anybody who may connect to the database may send on any channel: a text that is not
ours means that everything may have changed, whatever its bytes are.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .events import NamedChange

MAX_BYTES = 7900
"""Payloads are this long at most; PostgreSQL refuses 8000."""

_NAMES = ("collections", "dataset_types", "elements_grown", "elements_changed")
_FLAGS = ("new_datasets", "definitions", "everything")
_CHECK = "check"


@dataclass(frozen=True, slots=True)
class Message:
    """A change, and whether the equipment has to be checked because of it."""

    change: NamedChange
    check: bool = False


def channel_of(namespace: str) -> str:
    """Return the channel of the repository in a namespace.

    PostgreSQL keeps the channels of databases apart. The database's name is not part
    of it, because copies and renamed databases keep their functions as they are.
    """
    return f"butlery_watch_{hashlib.sha256(namespace.encode()).hexdigest()[:16]}"


def fence_text(id_: str) -> str:
    """Return the payload of a fence."""
    return json.dumps({"fence": id_})


def encode(**facts: object) -> str:
    """Return the payload of a change, from fields of `NamedChange` and ``check``."""
    return json.dumps(facts, separators=(",", ":"))


def decode(payload: str) -> Message | None:
    """Return what a payload says; `None` for somebody's fence."""
    try:
        facts = json.loads(payload)
        if isinstance(facts, dict) and facts.keys() == {"fence"}:
            return None
        return Message(_change(facts), check=bool(facts.get(_CHECK)))
    except (ValueError, RecursionError):
        return Message(NamedChange(everything=True), check=True)


def _change(facts: Any) -> NamedChange:
    if not isinstance(facts, Mapping) or facts.keys() - {*_NAMES, *_FLAGS, _CHECK}:
        raise ValueError(_refusal(facts))
    flags = {flag: bool(facts.get(flag)) for flag in _FLAGS}
    return NamedChange(
        collections=_values(facts, "collections", int, str),
        dataset_types=_values(facts, "dataset_types", int),
        elements_grown=_values(facts, "elements_grown", str),
        elements_changed=_values(facts, "elements_changed", str),
        **flags,
    )


def _values(facts: Mapping[str, Any], name: str, *types: type) -> frozenset[Any]:
    values = facts.get(name, [])
    if not isinstance(values, list) or not all(type(v) in types for v in values):
        raise ValueError(_refusal(values))
    return frozenset(values)


def _refusal(value: object) -> str:
    """Return why a payload is refused, for a log."""
    return f"not a message of ours: {str(value)[:100]}"

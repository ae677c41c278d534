"""Trees of collections: chains and what they are made of.

Chains may share members, and so hold each other that a tree with all of them would be
larger than any memory; a chain whose members stand above is not taken apart again. That
ends cycles as well.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ...protocol.collections import CollectionInfo, CollectionType
from ...protocol.globs import is_glob
from ...protocol.printable import printable
from .html import escape

MOST_LEVELS = 100

ABOVE = "(see above)"
"""Note of a chain whose members stand elsewhere."""

DEEPER = "(...)"
"""Note of a chain whose members were not asked for."""


class CollectionNode(msgspec.Struct, frozen=True):
    """A collection, at one of its places.

    Parameters
    ----------
    children
        Members of a chain, in search order.
    note
        Why members are not shown.
    """

    name: str
    type: CollectionType
    children: "tuple[CollectionNode, ...]" = ()
    note: str = ""


class CollectionTree(msgspec.Struct, frozen=True):
    """Trees of some collections; as text and in a notebook it looks like one."""

    roots: tuple[CollectionNode, ...]

    def chains(self) -> "CollectionTree":
        """Return the same without what is no chain, and in none."""
        kept = (root for root in self.roots if root.type is CollectionType.CHAINED)
        return CollectionTree(tuple(kept))

    def __repr__(self) -> str:
        return "\n".join(line for root in self.roots for line in _lines(root))

    def _repr_html_(self) -> str:
        return _list(self.roots)


def grow(
    found: Sequence[CollectionInfo],
    expression: Sequence[str] = (),
    depth: int | None = None,
) -> CollectionTree:
    """Return the trees of collections.

    Parameters
    ----------
    found
        Collections, and those that they are made of.
    expression
        What was asked for: a name is the root of a tree in any case, anything else
        if no other has it as a member.
    depth
        Most levels below a root; `None` for all that can be shown.
    """
    known = {each.name: each for each in found}
    members = {child for each in found for child in each.children}
    named = [name for name in expression if name in known and not is_glob(name)]
    tops = [name for name in known if name not in members]
    growing = _Growing(known, MOST_LEVELS if depth is None else min(depth, MOST_LEVELS))
    roots = [growing.node(name, 0) for name in dict.fromkeys([*named, *tops])]
    # Of chains that only hold each other, none is at the top.
    lost = (name for name in known if name not in growing.seen)
    roots += [growing.node(name, 0) for name in lost if name not in growing.seen]
    return CollectionTree(tuple(roots))


class _Growing:
    """One pass over all trees."""

    def __init__(self, known: Mapping[str, CollectionInfo], levels: int) -> None:
        self.seen: set[str] = set()
        self._known = known
        self._levels = levels
        self._apart: set[str] = set()

    def node(self, name: str, level: int) -> CollectionNode:
        self.seen.add(name)
        info = self._known.get(name)
        if info is None:  # it came or went between two answers
            return CollectionNode(name, CollectionType.RUN, note="(unknown)")
        if not info.children:
            return CollectionNode(name, info.type)
        if name in self._apart:
            return CollectionNode(name, info.type, note=ABOVE)
        if level >= self._levels:
            self.seen.update(_below(info, self._known))
            return CollectionNode(name, info.type, note=DEEPER)
        self._apart.add(name)
        children = tuple(self.node(child, level + 1) for child in info.children)
        return CollectionNode(name, info.type, children)


def _below(info: CollectionInfo, known: Mapping[str, CollectionInfo]) -> set[str]:
    """Return the names of all that a chain is made of."""
    todo, seen = list(info.children), set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += known[name].children if name in known else ()
    return seen


def _lines(node: CollectionNode, first: str = "", others: str = "") -> Iterator[str]:
    yield f"{first}{_label(node)}"
    for left, child in enumerate(node.children, 1 - len(node.children)):
        branch, beside = ("├── ", "│   ") if left else ("└── ", "    ")
        yield from _lines(child, others + branch, others + beside)


def _label(node: CollectionNode) -> str:
    return " ".join(filter(None, (printable(node.name), node.type.name, node.note)))


def _list(nodes: Sequence[CollectionNode]) -> str:
    return f"<ul>{''.join(map(_item, nodes))}</ul>" if nodes else ""


def _item(node: CollectionNode) -> str:
    note = f" {escape(node.note)}" if node.note else ""
    label = f"<code>{escape(node.name)}</code> <small>{node.type.name}{note}</small>"
    return f"<li>{label}{_list(node.children)}</li>"

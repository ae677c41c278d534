"""Shows trees of collections."""

from typing import TYPE_CHECKING, Any

import click

from ...protocol.printable import printable

if TYPE_CHECKING:
    from rich.tree import Tree

    from ...client.showing.trees import CollectionNode, CollectionTree
    from ..showing import Showing


def show_tree(showing: "Showing", tree: "CollectionTree") -> None:
    """Show a tree with colours on a terminal, with lines otherwise, or in JSON."""
    if showing.as_json:
        showing.document([_document(node) for node in tree.roots])
    elif showing.is_live:
        for root in tree.roots:
            showing.console.print(_grown(root))
    elif tree.roots:
        click.echo(str(tree))


def _document(node: "CollectionNode") -> dict[str, Any]:
    children = [_document(each) for each in node.children]
    shown = {"name": node.name, "type": node.type.name, "children": children}
    return {**shown, "note": node.note} if node.note else shown


def _grown(node: "CollectionNode", parent: "Tree | None" = None) -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    label = Text.assemble(
        (printable(node.name), "bold" if node.children else ""),
        (f"  {node.type.name}", "dim"),
        (f"  {node.note}" if node.note else "", "dim italic"),
    )
    tree = Tree(label, guide_style="dim") if parent is None else parent.add(label)
    for each in node.children:
        _grown(each, tree)
    return tree

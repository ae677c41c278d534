"""Trees of collections are finite and safe to look at, whatever a server says."""

import pytest

from butlery.client.showing.trees import MOST_LEVELS, grow
from butlery.protocol.collections import CollectionInfo, CollectionType


def run(name: str) -> CollectionInfo:
    return CollectionInfo(name, CollectionType.RUN)


def chain(name: str, *children: str) -> CollectionInfo:
    return CollectionInfo(name, CollectionType.CHAINED, children=children)


def test_members_stand_in_search_order_below_their_chain() -> None:
    tree = grow([run("a"), run("b"), chain("c", "b", "a"), chain("d", "c", "a")])
    assert repr(tree).splitlines() == [
        "d CHAINED",
        "├── c CHAINED",
        "│   ├── b RUN",
        "│   └── a RUN",
        "└── a RUN",
    ]


def test_a_chain_is_taken_apart_once() -> None:
    tree = grow([run("a"), chain("c", "a"), chain("x", "c"), chain("y", "c")])
    assert repr(tree).count("a RUN") == 1
    assert "c CHAINED (see above)" in repr(tree)


def test_what_is_named_is_a_root_although_another_has_it() -> None:
    found = [chain("d", "c"), chain("c", "a"), run("a")]
    assert [root.name for root in grow(found, ["c", "d"]).roots] == ["c", "d"]
    assert [root.name for root in grow(found, ["*"]).roots] == ["d"]


@pytest.mark.parametrize(
    "found",
    [
        [chain("a", "a")],
        [chain("a", "b"), chain("b", "a")],
        [run("r"), chain("a", "b", "r"), chain("b", "c"), chain("c", "b", "a")],
    ],
)
def test_chains_that_hold_each_other_end(found: list[CollectionInfo]) -> None:
    text = repr(grow(found))
    for each in found:
        assert f"{each.name} " in text
    assert "(see above)" in text


def test_many_ways_to_the_same_chain_are_not_many_trees() -> None:
    levels = [chain(f"c{n}", f"c{n + 1}", f"c{n + 1}") for n in range(60)]
    assert len(repr(grow([*levels, run("c60")])).splitlines()) == 121


def test_depth_is_bounded() -> None:
    levels = [chain(f"c{n}", f"c{n + 1}") for n in range(5000)]
    found = [*levels, run("c5000")]
    assert len(repr(grow(found)).splitlines()) == MOST_LEVELS + 1
    assert repr(grow(found, depth=1)).splitlines() == [
        "c0 CHAINED",
        "└── c1 CHAINED (...)",
    ]


def test_a_member_that_nobody_tells_of_is_named() -> None:
    assert "gone" in repr(grow([chain("a", "gone")]))


def test_names_can_neither_be_markup_nor_control_characters() -> None:
    name = "<script>alert('&')</script>\x1b[2J\u202e\n"
    tree = grow([run(name), chain("a", name)])
    assert "\x1b" not in repr(tree)
    assert len(repr(tree).splitlines()) == 2
    html = tree._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)" in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_an_empty_tree_is_empty() -> None:
    tree = grow([])
    assert (repr(tree), tree._repr_html_()) == ("", "")

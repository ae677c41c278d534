"""What moved, and what did not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.cache.answers import Dependency, Generations, collection
from butlery.cache.answers import generations as module

NAMES = st.lists(st.integers(0, 5).map(collection), max_size=3)
MOVES = st.lists(NAMES | st.sampled_from(["gate", "operator"]), max_size=12)


def moved_in(
    move: "list[Dependency] | str", names: "list[Dependency]", *, permanent: bool
) -> bool:
    """Return whether one move touches an answer, by the rules in plain words."""
    if isinstance(move, str):
        return move == "operator" or not permanent
    return bool(set(move) & set(names))


@given(before=MOVES, after=MOVES, names=NAMES, permanent=st.booleans())
def test_an_answer_holds_until_something_it_depends_on_moves(
    *,
    before: "list[list[Dependency] | str]",
    after: "list[list[Dependency] | str]",
    names: "list[Dependency]",
    permanent: bool,
) -> None:
    generations = Generations()
    play(generations, before)
    since = generations.now
    play(generations, after)
    expected = not any(moved_in(move, names, permanent=permanent) for move in after)
    assert generations.unmoved(names, since, permanent=permanent) == expected


def play(generations: Generations, moves: "list[list[Dependency] | str]") -> None:
    for move in moves:
        if isinstance(move, str):
            generations.move_all(move, permanent=move == "operator")
        else:
            generations.move(move)


def test_more_names_than_are_remembered_drop_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 3)
    generations = Generations()
    generations.move([collection(1), collection(2)])
    since = generations.now
    generations.move([collection(3), collection(4)])
    assert not generations.unmoved([collection(1)], since, permanent=True)
    assert generations.drops == {"too-many-names": 1}

"""Steps that change the members of a chain, and with them what it finds."""

from collections.abc import Sequence
from random import Random

from . import views
from .world import CHAINED, Step, World


def redefine(world: World, random: Random) -> Step | None:
    """Give a chain other members, or the same ones in another order."""
    name, candidates = _chain(world, random)
    if len(candidates) < 2:
        return None
    members = random.sample(candidates, random.randint(2, min(4, len(candidates))))
    if members == world.children[name]:
        members.reverse()
    return _change(world, "redefine_chain", name, members, members)


def prepend(world: World, random: Random) -> Step | None:
    """Put a member first, also one that the chain has already."""
    name, candidates = _chain(world, random)
    members = world.children.get(name, [])
    others = [c for c in candidates if c not in members[:1]]
    if not others:
        return None
    first = random.choice(others)
    rest = [member for member in members if member != first]
    return _change(world, "prepend_chain", name, [first], [first, *rest])


def extend(world: World, random: Random) -> Step | None:
    """Put a member last, also one that the chain has already."""
    name, candidates = _chain(world, random)
    members = world.children.get(name, [])
    others = [c for c in candidates if c not in members[-1:]]
    if not others:
        return None
    last = random.choice(others)
    rest = [member for member in members if member != last]
    return _change(world, "extend_chain", name, [last], [*rest, last])


def take_out(world: World, random: Random) -> Step | None:
    """Take a member out of a chain."""
    full = [name for name, members in world.children.items() if members]
    if not full:
        return None
    name = random.choice(full)
    gone = random.choice(world.children[name])
    rest = [member for member in world.children[name] if member != gone]
    return _change(world, "remove_from_chain", name, [gone], rest)


def _chain(world: World, random: Random) -> tuple[str, list[str]]:
    """Choose a chain; chains hold only chains of later names, so never themselves."""
    chains = world.of_kind(CHAINED)
    if not chains:
        return "", []
    name = random.choice(chains)
    return name, [c for c, kind in world.kinds.items() if kind != CHAINED or c > name]


def _change(
    world: World, do: str, name: str, children: Sequence[str], members: Sequence[str]
) -> Step:
    touched = {*children, *world.children[name], *members}
    world.children[name] = list(members)
    # What a member holds appears, disappears, or is hidden behind another member.
    datasets = [d for d in world.datasets.values() if d.run in touched]
    observations = [
        views.collection(world, name),
        views.summary(world, name),
        *(views.collection(world, child) for child in children[:1]),
        *(views.search(world, d.type, d.data_id, name) for d in datasets[:3]),
    ]
    command = {"do": do, "name": name, "children": list(children)}
    return Step(f"{do} {name}", [command], observations)
